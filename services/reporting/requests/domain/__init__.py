"""Requests as figures count them: the record, the figures and counts, the sums, the part of a board. Pure."""
