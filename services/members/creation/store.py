"""How a call is remembered: inside the thing that it made, one thing at most for each key."""

from typing import Final

from shared.store.mongo import Index

CREATION_INDEX: Final = Index((("state.form.id", 1),), unique=True, partial={"state.form.id": {"$exists": True}})
"""Decides between two calls of one key that race; what a file or the first start made has no key."""
