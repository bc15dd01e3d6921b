"""How a request ends: confirmed, unconfirmed, rated, reopened, cancelled or rejected."""
