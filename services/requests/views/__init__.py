"""The shapes in which requests are shown over HTTP, shared by the topics whose commands answer with a request."""
