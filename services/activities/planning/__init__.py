"""What an organiser may plan."""
