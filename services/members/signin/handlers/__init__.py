"""Signing in and out, and letting attempts through one after the other."""
