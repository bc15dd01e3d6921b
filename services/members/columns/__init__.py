"""Columns: what may stand in the columns of an imported file."""
