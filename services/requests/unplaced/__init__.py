"""News from outside that no rule could take: kept for people to read, until one of them has dealt with it."""
