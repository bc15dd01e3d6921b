"""How services tell and hear: one stream, a relay that publishes what was committed, and a door that hears in batches."""
