"""Identities: which id belongs to an account name, so that nobody outside finds a name by trying them."""
