"""Kept news in a collection of its own; forgotten after a while."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

from services.requests.unplaced.domain import Places, UnplacedNews
from shared.keyset import Key, Order, PageQuery, Slice
from shared.store.mongo import Collection, Index, Upsert

NEWEST_FIRST: Final = Order((Key("at", datetime, descending=True), Key("_id", str, descending=True)))

_WAITING: Final[Mapping[str, Any]] = {"settled_at": None}

INDEXES: Final = (
    Index(keys=(("at", 1),), expire_after=90 * 24 * 3600),
    Index(keys=NEWEST_FIRST.sort, partial=_WAITING),
    Index(keys=(("within", 1), *NEWEST_FIRST.sort), partial=_WAITING),
)
"""It is forgotten after ninety days; what waits, anywhere or in places, is shown newest first by an index each."""


@dataclass(frozen=True, slots=True)
class UnplacedStore:
    """News that belongs to no leg, or came too late for one."""

    rows: Collection

    async def keep(self, news: UnplacedNews) -> None:
        """Keep a piece of news; the same one again is kept once."""
        row = {**asdict(news), "_id": news.id}
        await self.rows.upsert_many([Upsert({"_id": news.id}, {"$setOnInsert": row})])

    async def waiting(self, at: Places, page: PageQuery) -> Slice[UnplacedNews]:
        """Return what nobody has dealt with yet in these places, newest first."""
        where = {**_WAITING, **_within(at)}
        return (await NEWEST_FIRST.page(self.rows.find, where, page)).map(_news)

    async def count_waiting(self, at: Places) -> int:
        """Return how many nobody has dealt with yet in these places."""
        return await self.rows.count({**_WAITING, **_within(at)})

    async def settle(self, places: Places, news_id: str, by: str, at: datetime) -> UnplacedNews | None:
        """Write down who has dealt with it, and when, unless somebody had; None: there is no such news there."""
        there = {"_id": news_id, **_within(places)}
        await self.rows.update_one({**there, **_WAITING}, {"$set": {"settled_at": at, "settled_by": by}})
        row = await self.rows.find_one(there)
        return None if row is None else _news(row)


def _within(places: Places) -> Mapping[str, Any]:
    return {} if places is None else {"within": {"$in": list(places)}}


def _news(row: Mapping[str, Any]) -> UnplacedNews:
    known = {each.name: row[each.name] for each in fields(UnplacedNews) if each.name in row}
    return UnplacedNews(**known)
