"""What goes out to an outside system, and what comes back."""
