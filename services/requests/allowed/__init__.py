"""Who may do what to a request, and who sees it."""
