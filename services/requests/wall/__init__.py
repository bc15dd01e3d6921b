"""The wall: what is asked in public, by nobody's name; who can help claims it there."""
