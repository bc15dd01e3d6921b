"""How rows are remembered: one document for each row and generation, merged by the store itself in one bulk write."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.reporting.rows.domain import VISIBILITY_CELLS, CellValue, Row
from shared.contracts.cells import Aggregate, Keep
from shared.store.mongo import Collection, Index, Upsert

INDEXES: Final = (Index(keys=(("gen", 1), ("touched", 1), ("by", 1))),)
_PAGE: Final = 1000
_BEYOND: Final = 2**53
"""Above every version."""


class Rows:
    """The rows of every generation. `replica` names this process, so that it can tell its own changes from others'."""

    def __init__(self, collection: Collection, replica: str) -> None:
        """Keep rows in this collection."""
        self._collection = collection
        self.replica = replica

    async def merge(self, generation: int, rows: Iterable[Row]) -> None:
        """Merge the rows into a generation: one unordered bulk write, each row by the rule of `rows.domain.merge`."""
        await self._collection.upsert_many(
            [Upsert({"_id": _id(generation, row.kind, row.key)}, [self._update(generation, row)]) for row in rows]
        )

    async def read(self, generation: int, places: Iterable[tuple[Aggregate, str]]) -> list[Row]:
        """Return the rows with these kinds and keys that exist."""
        ids = [_id(generation, kind, key) for kind, key in places]
        return [_stored(found) for found in await self._collection.find({"_id": {"$in": ids}})]

    async def page(
        self, generation: int, kind: Aggregate, *, after: str = "", limit: int = _PAGE, sealed: bool = True
    ) -> list[Row]:
        """Return the next rows of a kind after a key, ascending; without the sealed ones unless they are asked for."""
        where: dict[str, Any] = {"_id": {"$gt": _id(generation, kind, after), "$lt": f"{generation}:{kind.value};"}}
        if not sealed:
            where |= {f"cells.{name}.values.visibility": {"$ne": "sealed"} for name in VISIBILITY_CELLS}
        found = await self._collection.find(where, sort=[("_id", 1)], limit=limit)
        return [_stored(one) for one in found]

    async def every(self, generation: int) -> AsyncIterator[Sequence[Row]]:
        """Read a whole generation, page by page."""
        last = f"{generation}:"
        while True:
            where = {"_id": {"$gt": last, "$lt": f"{generation};"}}
            found = await self._collection.find(where, sort=[("_id", 1)], limit=_PAGE)
            if not found:
                return
            last = found[-1]["_id"]
            yield [_stored(one) for one in found]

    async def changed_by_others(self, generation: int, since: datetime) -> list[Row]:
        """Return the rows that other processes changed since the moment (by the store's clock)."""
        where = {"gen": generation, "touched": {"$gte": since}, "by": {"$ne": self.replica}}
        return [_stored(one) for one in await self._collection.find(where)]

    async def store_time(self) -> datetime | None:
        """Return the time by the store's clock, which `touched` is written with; None while there are no rows."""
        found = await self._collection.aggregate([{"$limit": 1}, {"$replaceWith": {"now": "$$NOW"}}])
        return found[0]["now"] if found else None

    async def count(self, generation: int) -> int:
        """Return how many rows a generation has."""
        return await self._collection.count({"gen": generation})

    async def forget_before(self, generation: int) -> int:
        """Delete every row of earlier generations and return how many there were."""
        return await self._collection.delete({"gen": {"$lt": generation}})

    def _update(self, generation: int, row: Row) -> Mapping[str, Any]:
        fields: dict[str, Any] = {
            "gen": generation,
            "kind": row.kind.value,
            "key": {"$literal": row.key},
            "by": self.replica,
            "touched": "$$NOW",
            "seen": {"$setUnion": [{"$ifNull": ["$seen", []]}, sorted(row.seen)]},
        }
        if row.learnt_at is not None:
            fields["learnt_at"] = {"$min": ["$learnt_at", row.learnt_at]}
        for name, cell in row.cells.items():
            fields[f"cells.{name}"] = _later(f"$cells.{name}", cell)
        return {"$set": fields}


def _later(path: str, cell: CellValue) -> Mapping[str, Any]:
    filling = {"v": cell.v, "values": dict(cell.values), "keep": cell.keep.value}
    if cell.keep is Keep.FIRST:
        wins = {"$lt": [cell.v, {"$ifNull": [f"{path}.v", _BEYOND]}]}
    else:
        wins = {"$gt": [cell.v, {"$ifNull": [f"{path}.v", -1]}]}
    return {"$cond": [wins, {"$literal": filling}, path]}


def _id(generation: int, kind: Aggregate, key: str) -> str:
    return f"{generation}:{kind.value}:{key}"


def _stored(found: Mapping[str, Any]) -> Row:
    cells = {name: CellValue(cell["v"], cell["values"], Keep(cell["keep"])) for name, cell in found["cells"].items()}
    return Row(Aggregate(found["kind"]), found["key"], cells, frozenset(found["seen"]), found.get("learnt_at"))
