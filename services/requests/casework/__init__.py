"""The request: one aggregate with its legs, its rating and its timeline; from filing to closing."""
