"""People: what the ledger says (`profile`), what changes it (`person`), how many may have a role, and ids."""
