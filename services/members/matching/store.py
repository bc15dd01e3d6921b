"""How matching remembers open legs, and how it looks at people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.members.matching.domain import Candidate
from services.members.matching.handlers import LegNews
from services.members.people.domain import Busy
from shared.contracts.members import Role
from shared.store.mongo import Collection, Index, Upsert

LOADS_INDEX: Final = Index(keys=(("helper_id", 1),), partial={"open": True})
_FIELDS: Final = (
    "state.profile.place",
    "state.profile.skills",
    "state.profile.busy",
    "state.profile.reachable",
)


class MongoLoads:
    """One row for each leg, merged by version (implements `handlers.Loads`)."""

    def __init__(self, rows: Collection) -> None:
        """Keep the rows in this collection."""
        self._rows = rows

    async def learn(self, news: Sequence[LegNews]) -> None:
        """Merge news, in any order and any number of times."""
        latest: dict[str, LegNews] = {}
        for one in news:
            if one.leg_id not in latest or latest[one.leg_id].version < one.version:
                latest[one.leg_id] = one
        await self._rows.upsert_many([_merge(one) for one in latest.values()])

    async def count(self, now: datetime, ids: Sequence[str] | None = None) -> Mapping[str, int]:
        """Return how many open legs people have; nobody with none is listed."""
        where: dict[str, Any] = {"open": True, "$or": [{"until": None}, {"until": {"$gt": now}}]}
        if ids is not None:
            where["helper_id"] = {"$in": list(ids)}
        rows = await self._rows.aggregate([{"$match": where}, {"$group": {"_id": "$helper_id", "legs": {"$sum": 1}}}])
        return {row["_id"]: row["legs"] for row in rows}


class MongoPool:
    """Reads candidates from the people's documents (implements `handlers.Pool`)."""

    def __init__(self, people: Collection) -> None:
        """Read from the collection of people."""
        self._people = people

    async def helpers(self) -> Sequence[Candidate]:
        """Return everybody who is a helper, has not left and is not disabled, without their load."""
        where = {"state.profile.roles": Role.HELPER.value, "state.departed_at": None, "state.disabled_at": None}
        rows = await self._people.find(where, fields=_FIELDS)
        return [_candidate(row["_id"], row["state"]["profile"]) for row in rows]

    async def homes(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return where these people live, as far as it is known."""
        rows = await self._people.find({"_id": {"$in": sorted(set(ids))}}, fields=("state.profile.place",))
        return {row["_id"]: row["state"]["profile"]["place"] for row in rows if row["state"]["profile"]["place"]}


def _candidate(person_id: str, profile: Mapping[str, Any]) -> Candidate:
    return Candidate(
        id=person_id,
        place=profile["place"],
        skills=tuple(profile["skills"]),
        busy=tuple(Busy(slot["day"], slot["starts"], slot["ends"]) for slot in profile["busy"]),
        reachable=profile["reachable"],
        departed=False,
        load=0,
    )


def _merge(news: LegNews) -> Upsert:
    newer = {"$gt": [news.version, {"$ifNull": ["$version", -1]}]}
    told = {"helper_id": news.helper_id, "open": news.open, "until": news.until, "version": news.version}
    update = {name: {"$cond": [newer, {"$literal": value}, f"${name}"]} for name, value in told.items()}
    return Upsert({"_id": news.leg_id}, [{"$set": update}])
