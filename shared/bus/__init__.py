"""How services tell and hear: one stream, a relay for what was committed, a door that hears in batches."""
