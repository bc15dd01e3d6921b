"""Measures: subjects that figures count, and the arithmetic over them."""
