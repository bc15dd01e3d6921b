"""Frozen baselines: what a figure was when somebody decided to measure against it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.store.mongo import Collection, Upsert


class Baselines:
    """The baselines, one for each figure and building (or the whole community)."""

    def __init__(self, collection: Collection) -> None:
        """Keep baselines in this collection."""
        self._collection = collection

    async def freeze(self, figure_id: str, building: str | None, value: float, by: str, at: datetime) -> bool:
        """Keep the value unless there is one already, which stays for ever; tells whether this one was kept."""
        row: Mapping[str, Any] = {"value": value, "by": by, "at": at}
        key = _key(figure_id, building)
        await self._collection.upsert_many([Upsert({"_id": key}, {"$setOnInsert": row})])
        found = await self._collection.find_one({"_id": key})
        return found is not None and found["value"] == value and found["at"] == at

    async def of(self, figure_id: str, building: str | None) -> float | None:
        """Return a figure's baseline, or None."""
        found = await self._collection.find_one({"_id": _key(figure_id, building)})
        return None if found is None else float(found["value"])


def _key(figure_id: str, building: str | None) -> str:
    return f"{figure_id}@{building or ''}"
