"""How tries are remembered: one small document a bucket, deleted by the store once nothing of it is left."""

from typing import Final

from shared.store.mongo import Index

FORGET_INDEX: Final = Index((("state.forget_at", 1),), expire_after=0)
