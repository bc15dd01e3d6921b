"""People over HTTP: what is sent (`bodies`), what is shown (`views`), and the routes."""
