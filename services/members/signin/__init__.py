"""Sign-in: local accounts, sessions and the public keys that the other services verify them with."""
