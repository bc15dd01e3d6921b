"""What is heard of places and units."""

from collections.abc import Sequence

from services.activities.directory.store import Directory
from shared.bus.consumers import hears_batch
from shared.bus.outcome import Done, Outcome
from shared.contracts.event import Event
from shared.contracts.members import PlaceAdded, UnitFormed


class Consumers:
    """Hears for the directory."""

    def __init__(self, directory: Directory) -> None:
        """Hear for this directory."""
        self._directory = directory

    @hears_batch("activities-directory", PlaceAdded)
    async def on_places_added(self, events: Sequence[Event[PlaceAdded]]) -> Sequence[Outcome]:
        """Places exist: activities may be held there, by as many as they hold."""
        await self._directory.learn_places(events)
        return [Done()] * len(events)

    @hears_batch("activities-directory", UnitFormed)
    async def on_units_formed(self, events: Sequence[Event[UnitFormed]]) -> Sequence[Outcome]:
        """Units exist: activities may be theirs."""
        await self._directory.learn_units(events)
        return [Done()] * len(events)
