"""How this service remembers: its activities' indexes, and the places that `members` told of."""

from collections.abc import Sequence
from typing import Final

from services.activities.planning.domain import Venue
from shared.contracts.event import Event
from shared.contracts.members import PlaceAdded, PlaceType
from shared.store.mongo import Collection, Index, Upsert

ACTIVITIES: Final = "activities"
PLACES: Final = "places"
INDEXES: Final = (
    Index(keys=(("state.plan.starts_at", 1), ("_id", 1))),
    Index(keys=(("state.organiser_id", 1), ("state.plan.starts_at", -1))),
    Index(keys=(("state.seats.taken.person_id", 1), ("state.plan.starts_at", -1))),
    Index(keys=(("state.seats.waiting.person_id", 1), ("state.plan.starts_at", -1))),
)


class LearntVenues:
    """Places learnt from events: one row a place, the highest version wins (implements `handlers.Venues`)."""

    def __init__(self, places: Collection) -> None:
        """Keep the rows in this collection."""
        self._places = places

    async def find(self, place: str) -> Venue | None:
        """Return what is known of the place, or None when it is unknown."""
        row = await self._places.find_one({"_id": place})
        return None if row is None else Venue(row["seats"])

    async def learn(self, events: Sequence[Event[PlaceAdded]]) -> None:
        """Merge a batch of news, in any order and as often as it comes."""
        await self._places.upsert_many([_merge(event) for event in events])


def _merge(event: Event[PlaceAdded]) -> Upsert:
    seats = event.data.capacity if event.data.type is PlaceType.VENUE else None
    news = {"_id": event.data.place_id, "seats": seats, "version": event.version}
    newer = {"$gt": [event.version, {"$ifNull": ["$version", 0]}]}
    return Upsert({"_id": event.data.place_id}, [{"$replaceWith": {"$cond": [newer, {"$literal": news}, "$$ROOT"]}}])
