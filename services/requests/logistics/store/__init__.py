"""The outside system, and how its legs are found again."""
