"""Attendance codes: what the organiser shows and the people in the room type."""
