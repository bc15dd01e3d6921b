"""The request: one aggregate with its legs, its rating and its timeline; its tables; and who sees what."""
