"""How forms are remembered: inside the things that they made, one thing at most for each."""

from typing import Final

from shared.store.mongo import Index

FORM_INDEX: Final = Index((("state.form.id", 1),), unique=True, partial={"state.form.id": {"$exists": True}})
"""Decides between two calls of one key that race; what a file or the first start made has no form."""
