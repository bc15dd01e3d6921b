"""Rows: one for each aggregate of the community, merged from facts in any order and any number."""
