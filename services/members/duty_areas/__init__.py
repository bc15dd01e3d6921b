"""Duty areas: exactly one owner for each place."""
