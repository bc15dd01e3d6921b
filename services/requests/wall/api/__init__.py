"""The wall and what is already asked for, over HTTP."""
