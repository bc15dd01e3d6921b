"""Guessing of passwords: slowed for each account and address, without letting anybody lock somebody else out."""
