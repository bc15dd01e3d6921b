"""Generations of rows: a new one is rebuilt from the stream beside the one that is shown, and swapped in at once."""
