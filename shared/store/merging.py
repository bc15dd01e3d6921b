"""Rows learnt from facts, merged by version: facts may come in any order and more than once, the latest counts.

A directory keeps what it hears so: `await merge_newer(rows, [News(event.subject, event.version, {...}), ...])`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.store.mongo import Collection, Upsert


@dataclass(frozen=True, slots=True)
class News:
    """What one fact says of one row, as of this version."""

    id: str
    version: int
    cells: Mapping[str, Any]


async def merge_newer(
    rows: Collection, news: Iterable[News], *, version: str = "version", touched: str | None = None
) -> None:
    """Write the cells of each row, unless it is as late or later; of several news of one row the latest counts.

    `version` names the cell that holds the number, `touched` one that is to hold when it was written, by the store's
    clock.
    """
    latest: dict[str, News] = {}
    for one in news:
        if one.id not in latest or latest[one.id].version < one.version:
            latest[one.id] = one
    await rows.upsert_many([_upsert(one, version, touched) for one in latest.values()])


def _upsert(news: News, version: str, touched: str | None) -> Upsert:
    newer = {"$gt": [news.version, {"$ifNull": [f"${version}", -1]}]}
    cells: dict[str, Any] = {name: {"$literal": value} for name, value in {**news.cells, version: news.version}.items()}
    if touched is not None:
        cells[touched] = "$$NOW"
    return Upsert(
        {"_id": news.id}, [{"$set": {name: {"$cond": [newer, cell, f"${name}"]} for name, cell in cells.items()}}]
    )
