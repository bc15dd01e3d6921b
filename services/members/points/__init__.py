"""Points: rules as data and an append-only ledger; nothing is deleted, a reversal is another entry."""
