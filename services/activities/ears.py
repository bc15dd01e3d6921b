"""Everything that `activities` hears."""

from collections.abc import Sequence

from services.activities.programme.store import LearntVenues
from shared.auth.sessions import EndedSessions
from shared.bus.door import hears_batch
from shared.bus.outcome import Done, Outcome
from shared.contracts.event import Event
from shared.contracts.members import PlaceAdded, SessionsEnded


class Ears:
    """The ears of `activities`."""

    def __init__(self, venues: LearntVenues, ended_sessions: EndedSessions) -> None:
        """Hear for these rooms."""
        self._venues = venues
        self._ended_sessions = ended_sessions

    @hears_batch("activities-places", PlaceAdded)
    async def on_places_added(self, events: Sequence[Event[PlaceAdded]]) -> Sequence[Outcome]:
        """A place exists: activities may be held there."""
        await self._venues.learn(events)
        return [Done()] * len(events)

    @hears_batch("activities-sessions", SessionsEnded)
    async def on_sessions_ended(self, events: Sequence[Event[SessionsEnded]]) -> Sequence[Outcome]:
        """Sessions ended: their tokens are refused from now on."""
        await self._ended_sessions.learn(events)
        return [Done()] * len(events)
