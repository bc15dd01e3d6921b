"""How services tell and hear: one stream, a relay for what was committed, a runner that hears in batches."""
