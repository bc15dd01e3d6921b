"""What is heard of people who came, moved or left."""

from collections.abc import Sequence

from services.requests.casework.handlers.casework import Casework
from services.requests.departures.handlers import follow_people
from services.requests.directory.store import Directory, PersonFact
from shared.bus.consumers import hears_batch
from shared.bus.outcome import Done, Outcome
from shared.contracts.event import Event
from shared.contracts.members import PersonChanged, PersonDeparted, PersonRegistered


class Consumers:
    """Hears for whoever leaves, and for the directory of people."""

    def __init__(self, casework: Casework, directory: Directory) -> None:
        """Hear for these."""
        self._casework = casework
        self._directory = directory

    @hears_batch("requests-people", PersonRegistered, PersonChanged, PersonDeparted)
    async def on_people_told(self, events: Sequence[Event[PersonFact]]) -> Sequence[Outcome]:
        """People came, moved or left: requests may be filed for them, legs are theirs or no longer theirs."""
        await self._directory.learn_people(events)
        await follow_people(self._casework, {event.data.person_id: event.id for event in events})
        return [Done()] * len(events)
