"""What the four services share: contracts, store, bus, auth, http, observability. No business words except in contracts."""
