"""What is heard of places and of who belongs to which units."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.requests.directory.store import BelongingFact, Directory
from shared.bus.consumers import hears_batch
from shared.contracts.event import Event
from shared.contracts.members import PersonChanged, PersonRegistered, PlaceAdded, UnitFormed


@dataclass(frozen=True)
class Consumers:
    """Hears for the directory."""

    directory: Directory

    @hears_batch("requests-places", PlaceAdded)
    async def on_places_added(self, events: Sequence[Event[PlaceAdded]]) -> None:
        """Places exist: requests may concern them."""
        await self.directory.learn_places(events)

    @hears_batch("requests-belonging", PersonRegistered, PersonChanged, UnitFormed)
    async def on_belonging_told(self, events: Sequence[Event[BelongingFact]]) -> None:
        """People belong to units, and units to others: whoever works for these works for what the people ask."""
        await self.directory.learn_belonging(events)
