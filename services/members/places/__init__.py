"""Places: campus, building, floor, room and venue, as one tree."""
