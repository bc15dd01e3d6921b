"""What may happen to a leg: how it finds its helper, and what becomes of it."""
