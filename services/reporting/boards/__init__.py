"""Boards: the leaders' screen, whole and live."""
