"""What the wall shows, and what is already asked for."""
