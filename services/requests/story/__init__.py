"""How a decision is told: the changed request and the facts, in order, with nothing forgotten."""
