"""Accounts: the password of each person who may sign in."""
