"""History: generations of rows, rebuilt from the stream and swapped in at once, and frozen baselines."""
