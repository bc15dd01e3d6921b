"""The directory of places, units and people: a read model of what `members` tells. No names."""
