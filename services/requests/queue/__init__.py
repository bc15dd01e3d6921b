"""The desk's queue: what lies where somebody works, narrowed, searched and counted."""
