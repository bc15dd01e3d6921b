"""People: the living ledger of who is in the community, with every change dated and attributable."""
