"""Everything that reporting hears, on one screen: every fact of every service, in batches."""

from collections.abc import Sequence
from typing import Any

from services.reporting.rows.handlers import Learner, learn_events
from shared.auth.sessions import EndedSessions
from shared.bus.door import Done, Outcome, hears_batch
from shared.contracts.catalog import FACTS
from shared.contracts.event import Event
from shared.contracts.members import SessionsEnded


class Ears:
    """The ears of reporting."""

    def __init__(self, learner: Learner, ended_sessions: EndedSessions) -> None:
        """Hear for the rows, and for whoever is signed in."""
        self._learner = learner
        self._ended_sessions = ended_sessions

    @hears_batch("reporting-rows", *FACTS)
    async def on_facts(self, events: Sequence[Event[Any]]) -> Sequence[Outcome]:
        """Merge a batch of facts into rows with one bulk write."""
        await learn_events(self._learner, events)
        return [Done()] * len(events)

    @hears_batch("reporting-sessions", SessionsEnded)
    async def on_sessions_ended(self, events: Sequence[Event[SessionsEnded]]) -> Sequence[Outcome]:
        """Sessions ended: their tokens are refused from now on."""
        await self._ended_sessions.learn(events)
        return [Done()] * len(events)
