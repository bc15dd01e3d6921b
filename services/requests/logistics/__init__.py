"""Legs that an outside repair system serves: out by Open311, back by signed webhook, asked when silent."""
