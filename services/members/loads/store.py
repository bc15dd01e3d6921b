"""How open legs are remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.members.loads.handlers import LegNews
from shared.store.merging import News, merge_newer
from shared.store.mongo import Collection, Index

LOADS_INDEX: Final = Index(keys=(("helper_id", 1),), partial={"open": True})


@dataclass(frozen=True, slots=True)
class MongoLoads:
    """One row for each leg, merged by version (implements `handlers.Loads`)."""

    rows: Collection

    async def learn(self, news: Sequence[LegNews]) -> None:
        """Merge news, in any order and any number of times."""
        await merge_newer(self.rows, [_row(one) for one in news])

    async def count(self, now: datetime, ids: Sequence[str] | None = None) -> Mapping[str, int]:
        """Return how many open legs people have; nobody with none is listed."""
        where: dict[str, Any] = {"open": True, "$or": [{"until": None}, {"until": {"$gt": now}}]}
        if ids is not None:
            where["helper_id"] = {"$in": list(ids)}
        rows = await self.rows.aggregate([{"$match": where}, {"$group": {"_id": "$helper_id", "legs": {"$sum": 1}}}])
        return {row["_id"]: row["legs"] for row in rows}


def _row(news: LegNews) -> News:
    cells = {"helper_id": news.helper_id, "open": news.open, "until": news.until}
    return News(news.leg_id, news.version, cells)
