"""What an administrator does with a running system from a terminal: parked events."""
