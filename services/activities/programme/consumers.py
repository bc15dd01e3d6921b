"""What is heard of people who came, changed or left."""

from collections.abc import Sequence

from services.activities.directory.store import PersonFact
from services.activities.programme.handlers.commands import Programme
from services.activities.programme.handlers.departures import settle_people
from shared.bus.consumers import hears_batch
from shared.bus.outcome import Done, Outcome
from shared.contracts.event import Event
from shared.contracts.members import PersonChanged, PersonDeparted, PersonRegistered


class Consumers:
    """Hears for the programme."""

    def __init__(self, programme: Programme) -> None:
        """Hear for this programme."""
        self._programme = programme

    @hears_batch("activities-people", PersonRegistered, PersonChanged, PersonDeparted)
    async def on_people_told(self, events: Sequence[Event[PersonFact]]) -> Sequence[Outcome]:
        """People came, changed or left: whoever left keeps no seat, and what they organised is everybody's."""
        await self._programme.directory.learn_people(events, self._programme.clock.now())
        await settle_people(self._programme, events)
        return [Done()] * len(events)
