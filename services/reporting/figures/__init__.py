"""Figures: numbers with a written formula, a numerator, a denominator and the records behind both."""
