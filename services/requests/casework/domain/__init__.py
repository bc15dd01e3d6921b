"""What a request is, what may happen to it, and by whom."""
