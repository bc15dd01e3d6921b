"""Loads: how many open legs each person has."""
