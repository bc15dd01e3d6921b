"""Everything on one machine: real servers from their wheels, and the four services."""
