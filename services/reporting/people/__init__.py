"""The subject of people: how many of the residents take part."""
