"""Outside systems over HTTP."""
