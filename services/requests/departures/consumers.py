"""What is heard of people who came, moved or left."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.requests.casework.handlers.casework import Casework
from services.requests.departures.handlers import follow_people
from services.requests.directory.store import Directory, PersonFact
from shared.bus.consumers import hears_batch
from shared.contracts.event import Event
from shared.contracts.members import PersonChanged, PersonDeparted, PersonRegistered


@dataclass(frozen=True)
class Consumers:
    """Hears for whoever leaves, and for the directory of people."""

    casework: Casework
    directory: Directory

    @hears_batch("requests-people", PersonRegistered, PersonChanged, PersonDeparted)
    async def on_people_told(self, events: Sequence[Event[PersonFact]]) -> None:
        """People came, moved or left: requests may be filed for them, legs are theirs or no longer theirs."""
        await self.directory.learn_people(events)
        await follow_people(self.casework, {event.data.person_id: event.id for event in events})
