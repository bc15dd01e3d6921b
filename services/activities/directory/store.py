"""Places, units and people, each merged by version, so that facts may come in any order and more than once."""

from collections.abc import Collection as Some
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from services.activities.directory.domain import Person, Venue
from shared.contracts.event import Event
from shared.contracts.members import (
    PersonChanged,
    PersonDeparted,
    PersonRegistered,
    PlaceAdded,
    PlaceType,
    Role,
    UnitFormed,
)
from shared.store.aggregates import EPOCH
from shared.store.merging import News, merge_newer
from shared.store.mongo import Collection, Index, Row

PersonFact = PersonRegistered | PersonChanged | PersonDeparted

PLACES: Final = "venues"
UNITS: Final = "units"
PEOPLE: Final = "people"
SECOND_LOOK: Final = timedelta(minutes=3)
"""A sign-up that was under way while somebody left is found this long afterwards."""
PEOPLE_INDEXES: Final = (Index(keys=(("look_at", 1),), partial={"look_at": {"$gt": EPOCH}}),)
_ONE_AT_A_TIME: Final = frozenset({PlaceType.ROOM, PlaceType.VENUE})


class Directory:
    """The places, units and people that this service has heard of."""

    def __init__(self, places: Collection, units: Collection, people: Collection, organisers: Some[Role]) -> None:
        """Keep what is learnt in these collections; people with one of these roles may organise."""
        self._places = places
        self._units = units
        self._people = people
        self._organisers = frozenset(organisers)

    async def venue(self, place: str) -> Venue | None:
        """Return what is known of the place, or None when it is unknown."""
        row = await self._places.find_one({"_id": place})
        return None if row is None else Venue(row["seats"], shared=row["shared"])

    async def knows_unit(self, unit_id: str) -> bool:
        """Tell whether the unit exists."""
        return await self._units.find_one({"_id": unit_id}) is not None

    async def people(self, ids: Sequence[str]) -> Mapping[str, Person]:
        """Return those of these people who were heard of."""
        rows = await self._people.find({"_id": {"$in": list(ids)}}) if ids else []
        return {row["_id"]: _person(row) for row in rows}

    async def to_look_at(self, before: datetime, limit: int) -> Sequence[Person]:
        """Return people who left a while ago and are due for a second look."""
        due = {"look_at": {"$gt": EPOCH, "$lte": before}}
        return [_person(row) for row in await self._people.find(due, sort=[("look_at", 1)], limit=limit)]

    async def looked_at(self, person_id: str, before: datetime) -> None:
        """Note that the second look is done, unless they left again meanwhile."""
        await self._people.update_one({"_id": person_id, "look_at": {"$lte": before}}, {"$set": {"look_at": None}})

    async def learn_places(self, events: Sequence[Event[PlaceAdded]]) -> None:
        """Learn that these places exist, how many they hold, and whether several activities may share them."""
        await merge_newer(self._places, [News(e.data.place_id, e.version, _place(e.data)) for e in events])

    async def learn_units(self, events: Sequence[Event[UnitFormed]]) -> None:
        """Learn that these units exist."""
        await merge_newer(self._units, [News(e.data.unit_id, e.version, {}) for e in events])

    async def learn_people(self, events: Sequence[Event[PersonFact]], at: datetime) -> None:
        """Learn who is here with which roles, and who has left."""
        news = [News(e.data.person_id, e.version, self._cells(e.data, at)) for e in events]
        await merge_newer(self._people, news)

    def _cells(self, fact: PersonFact, at: datetime) -> dict[str, Any]:
        if isinstance(fact, PersonDeparted):
            return {"left": True, "organises": False, "look_at": at + SECOND_LOOK}
        return {"left": False, "organises": not self._organisers.isdisjoint(fact.roles), "look_at": None}


def _person(row: Row) -> Person:
    return Person(row["_id"], left=row["left"], organises=row["organises"])


def _place(fact: PlaceAdded) -> dict[str, Any]:
    holds_one = fact.type in _ONE_AT_A_TIME
    return {"seats": fact.capacity if holds_one else None, "shared": not holds_one}
