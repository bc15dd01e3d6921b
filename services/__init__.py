"""The four services. They never import each other; they meet in events only."""
