"""Places over HTTP, and the time that the campus goes by."""
