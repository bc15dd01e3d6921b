"""Records: what a row says, typed, for figures and boards."""
