"""The subject of rooms: how many of those that people live in are covered by a duty area."""
