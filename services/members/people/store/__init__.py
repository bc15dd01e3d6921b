"""How people are found, and where the key of their ids is kept."""
