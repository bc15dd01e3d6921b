"""Counts: every plain number of a board as a figure, so that it too has a formula, two sides and the records behind."""
