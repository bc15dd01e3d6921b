"""Everything that `activities` hears."""

from collections.abc import Sequence

from services.activities.departures.handlers import settle_people
from services.activities.learnt.store import Directory, PersonFact
from services.activities.programme.handlers import Programme
from shared.auth.sessions import EndedSessions
from shared.bus.door import hears_batch
from shared.bus.outcome import Done, Outcome
from shared.contracts.event import Event
from shared.contracts.members import (
    PersonChanged,
    PersonDeparted,
    PersonRegistered,
    PlaceAdded,
    SessionsEnded,
    UnitFormed,
)


class Ears:
    """The ears of `activities`."""

    def __init__(self, programme: Programme, directory: Directory, ended_sessions: EndedSessions) -> None:
        """Hear for these rooms."""
        self._programme = programme
        self._directory = directory
        self._ended_sessions = ended_sessions

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

    @hears_batch("activities-people", PersonRegistered, PersonChanged, PersonDeparted)
    async def on_people_told(self, events: Sequence[Event[PersonFact]]) -> Sequence[Outcome]:
        """People came, changed or left: whoever left keeps no seat, and what they organised is everybody's."""
        await self._directory.learn_people(events, self._programme.clock.now())
        await settle_people(self._programme, events)
        return [Done()] * len(events)

    @hears_batch("activities-sessions", SessionsEnded)
    async def on_sessions_ended(self, events: Sequence[Event[SessionsEnded]]) -> Sequence[Outcome]:
        """Sessions ended: their tokens are refused from now on."""
        await self._ended_sessions.learn(events)
        return [Done()] * len(events)
