"""Scopes: the part of the community that a figure is asked for."""
