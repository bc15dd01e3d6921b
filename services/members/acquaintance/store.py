"""How acquaintance is found: by keys that are written with each case and gathering."""

from typing import Final

from shared.store.aggregates import KEYS
from shared.store.mongo import Index

BY_KEY: Final = Index(((KEYS, 1),))
"""Each question is an equality on one index."""
