"""What is heard of places and units."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.activities.directory.store import Directory
from shared.bus.consumers import hears_batch
from shared.contracts.event import Event
from shared.contracts.members import PlaceAdded, UnitFormed


@dataclass(frozen=True)
class Consumers:
    """Hears for the directory."""

    directory: Directory

    @hears_batch("activities-directory", PlaceAdded)
    async def on_places_added(self, events: Sequence[Event[PlaceAdded]]) -> None:
        """Places exist: activities may be held there, by as many as they hold."""
        await self.directory.learn_places(events)

    @hears_batch("activities-directory", UnitFormed)
    async def on_units_formed(self, events: Sequence[Event[UnitFormed]]) -> None:
        """Units exist: activities may be theirs."""
        await self.directory.learn_units(events)
