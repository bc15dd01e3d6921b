"""What is heard of places and of who belongs to which units."""

from collections.abc import Sequence

from services.requests.directory.store import BelongingFact, Directory
from shared.bus.consumers import hears_batch
from shared.bus.outcome import Done, Outcome
from shared.contracts.event import Event
from shared.contracts.members import PersonChanged, PersonRegistered, PlaceAdded, UnitFormed


class Consumers:
    """Hears for the directory."""

    def __init__(self, directory: Directory) -> None:
        """Keep it in this directory."""
        self._directory = directory

    @hears_batch("requests-places", PlaceAdded)
    async def on_places_added(self, events: Sequence[Event[PlaceAdded]]) -> Sequence[Outcome]:
        """Places exist: requests may concern them."""
        await self._directory.learn_places(events)
        return [Done()] * len(events)

    @hears_batch("requests-belonging", PersonRegistered, PersonChanged, UnitFormed)
    async def on_belonging_told(self, events: Sequence[Event[BelongingFact]]) -> Sequence[Outcome]:
        """People belong to units, and units to others: whoever works for these works for what the people ask."""
        await self._directory.learn_belonging(events)
        return [Done()] * len(events)
