"""Places, people and units in collections, merged by version, so that facts may come in any order, and repeated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.requests.directory.domain import Resident
from shared.contracts.event import Event
from shared.contracts.members import (
    PersonChanged,
    PersonDeparted,
    PersonRegistered,
    PlaceAdded,
    Role,
    UnitFormed,
)
from shared.finding import cuts, pieces
from shared.store.merging import News, merge_newer
from shared.store.mongo import Collection, Index, Row

WORDS_INDEX: Final = Index(keys=(("words", 1), ("_id", 1)))
"""Finds places by what they are called, and those of which that is still to be written."""
MOST_PLACES: Final = 20
"""The most places that one word of a question may mean."""

PersonFact = PersonRegistered | PersonChanged | PersonDeparted
BelongingFact = PersonRegistered | PersonChanged | UnitFormed


@dataclass(frozen=True, slots=True)
class Belonging:
    """Who belongs to which units, and which unit belongs to which other, in two collections.

    They are learnt apart from people, by a consumer of their own: so a release that begins to ask for units hears of
    all that were formed, and of everybody, from the beginning of the stream on.
    """

    members: Collection
    units: Collection


class Directory:
    """Places, people and units as this service heard of them. A place that is known is remembered: none vanishes."""

    def __init__(self, places: Collection, people: Collection, belonging: Belonging) -> None:
        self._places = places
        self._people = people
        self._belonging = belonging
        self._known: set[str] = set()

    async def knows_place(self, place: str) -> bool:
        """Tell whether the place exists."""
        if place not in self._known and await self._places.find_one({"_id": place}) is not None:
            self._known.add(place)
        return place in self._known

    async def address(self, place: str) -> str:
        """Return the place as people read it: the names of what it lies in and its own, from the campus down.

        A part whose name was never heard of stands with the last step of its id.
        """
        steps = place.split(".")
        ids = [".".join(steps[: depth + 1]) for depth in range(len(steps))]
        rows = await self._places.find({"_id": {"$in": ids}}, fields=("name",))
        names = {row["_id"]: row.get("name") for row in rows}
        return " · ".join(names.get(one) or step for one, step in zip(ids, steps, strict=True))

    async def called(self, word: str) -> list[str]:
        """Return the ids of up to twenty places that have this folded word in their name, in the order of their ids."""
        where = {"$and": [{"words": cut} for cut in cuts(word)]}
        rows = await self._places.find(where, sort=(("_id", 1),), limit=MOST_PLACES, fields=("_id",))
        return [row["_id"] for row in rows]

    async def write_words(self, limit: int) -> int:
        """Write of up to so many places, learnt by an earlier release, what they are found by; return how many."""
        rows = await self._places.find({"words": None}, limit=limit, fields=("_id", "version", "name"))
        for row in rows:
            same = {"_id": row["_id"], "version": row["version"]}
            await self._places.update_one(same, {"$set": {"words": _words(row.get("name") or "")}})
        return len(rows)

    async def resident(self, person_id: str) -> Resident | None:
        """Return the person, or None when they are unknown or have left."""
        row = await self._people.find_one({"_id": person_id, "departed": False})
        return None if row is None else _resident(row)

    async def known(self, person_ids: Iterable[str]) -> Mapping[str, Resident]:
        """Return those of these people who were ever heard of, also those who have left."""
        rows = await self._people.find({"_id": {"$in": sorted(person_ids)}})
        return {row["_id"]: _resident(row) for row in rows}

    async def belongs(self, person_id: str, told: Sequence[str]) -> tuple[str, ...] | None:
        """Return the units of the person (those `told`, if any) and all above them; None when that is not known yet."""
        direct = list(told)
        if not direct:
            row = await self._belonging.members.find_one({"_id": person_id})
            if row is None:
                return None
            direct = row["units"]
        found: dict[str, None] = {}
        asked = sorted(set(direct))
        while asked:
            rows = await self._belonging.units.find({"_id": {"$in": asked}})
            if len(rows) < len(asked):
                return None
            found |= dict.fromkeys(asked)
            asked = sorted({row["parent"] for row in rows} - {None, *found})
        return tuple(found)

    async def learn_belonging(self, events: Sequence[Event[BelongingFact]]) -> None:
        """Learn which units people belong to, and which unit each unit belongs to."""
        members = [
            News(e.data.person_id, e.version, {"units": list(e.data.unit_ids)})
            for e in events
            if not isinstance(e.data, UnitFormed)
        ]
        units = [
            News(e.data.unit_id, e.version, {"parent": e.data.parent_id})
            for e in events
            if isinstance(e.data, UnitFormed)
        ]
        await merge_newer(self._belonging.units, units)
        await merge_newer(self._belonging.members, members)

    async def learn_places(self, events: Sequence[Event[PlaceAdded]]) -> None:
        """Learn that these places exist."""
        await merge_newer(self._places, [News(e.data.place_id, e.version, _place(e.data)) for e in events])

    async def learn_people(self, events: Sequence[Event[PersonFact]]) -> None:
        """Learn where these people live and what they are, or that they left."""
        await merge_newer(self._people, [News(e.data.person_id, e.version, _person(e.data)) for e in events])


def _place(fact: PlaceAdded) -> dict[str, Any]:
    return {"type": fact.type.value, "name": fact.name, "words": _words(fact.name)}


def _words(name: str) -> list[str]:
    """Return what a place is found by; a name without letters has an empty word, so that it is written once."""
    return list(dict.fromkeys(pieces(name))) or [""]


def _person(fact: PersonFact) -> dict[str, Any]:
    if isinstance(fact, PersonDeparted):
        return {"departed": True, "place": None, "roles": []}
    return {"departed": False, "place": fact.place, "roles": sorted(role.value for role in fact.held())}


def _resident(row: Row) -> Resident:
    roles: Sequence[str] | None = row.get("roles")
    known = None if roles is None else frozenset(Role(role) for role in roles)
    return Resident(id=row["_id"], place=row["place"], roles=known, departed=row["departed"])
