"""What residents see of each other's requests, by nobody's name: the wall, and what is already asked for there."""
