"""What is heard of people who came, changed or left."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.activities.directory.store import PersonFact
from services.activities.programme.handlers.commands import Programme
from services.activities.programme.handlers.departures import settle_people
from shared.bus.consumers import hears_batch
from shared.contracts.event import Event
from shared.contracts.members import PersonChanged, PersonDeparted, PersonRegistered


@dataclass(frozen=True)
class Consumers:
    """Hears for the programme."""

    programme: Programme

    @hears_batch("activities-people", PersonRegistered, PersonChanged, PersonDeparted)
    async def on_people_told(self, events: Sequence[Event[PersonFact]]) -> None:
        """People came, changed or left: whoever left keeps no seat, and what they organised is everybody's."""
        await self.programme.directory.learn_people(events, self.programme.clock.now())
        await settle_people(self.programme, events)
