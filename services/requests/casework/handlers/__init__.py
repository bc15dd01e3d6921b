"""Commands about a request."""
