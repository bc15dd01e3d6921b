"""Everything that `activities` hears."""

from collections.abc import Sequence

from services.activities.programme.store import LearntVenues
from shared.bus.door import hears_batch
from shared.bus.outcome import Done, Outcome
from shared.contracts.event import Event
from shared.contracts.members import PlaceAdded


class Ears:
    """The ears of `activities`."""

    def __init__(self, venues: LearntVenues) -> None:
        """Hear for these rooms."""
        self._venues = venues

    @hears_batch("activities-places", PlaceAdded)
    async def on_places_added(self, events: Sequence[Event[PlaceAdded]]) -> Sequence[Outcome]:
        """A place exists: activities may be held there."""
        await self._venues.learn(events)
        return [Done()] * len(events)
