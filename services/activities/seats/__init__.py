"""Seats and the waiting list of one activity."""
