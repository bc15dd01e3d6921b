"""Everything that `requests` hears."""

from collections.abc import Sequence

from services.requests.casework.domain import SERVICE
from services.requests.casework.handlers import Casework
from services.requests.learnt.store import BelongingFact, MongoLearnt, PersonFact
from services.requests.leavers.handlers import follow_people
from services.requests.legs.domain import Proposal
from services.requests.legs.handlers import offer_leg
from services.requests.logistics.handlers import Logistics, dispatch_leg, withdraw_outside
from shared.auth.sessions import EndedSessions
from shared.bus.door import Done, Outcome, hears, hears_batch
from shared.contracts.event import Event
from shared.contracts.members import (
    HelperNotFound,
    HelperProposed,
    PersonChanged,
    PersonDeparted,
    PersonRegistered,
    PlaceAdded,
    SessionsEnded,
    UnitFormed,
)
from shared.contracts.requests import LegDropped, LegQueued
from shared.store.document import Because


class Ears:
    """The ears of `requests`."""

    def __init__(
        self, casework: Casework, logistics: Logistics, learnt: MongoLearnt, ended_sessions: EndedSessions
    ) -> None:
        """Hear for these rooms."""
        self._casework = casework
        self._logistics = logistics
        self._learnt = learnt
        self._ended_sessions = ended_sessions

    @hears_batch("requests-places", PlaceAdded)
    async def on_places_added(self, events: Sequence[Event[PlaceAdded]]) -> Sequence[Outcome]:
        """Places exist: requests may concern them."""
        await self._learnt.learn_places(events)
        return [Done()] * len(events)

    @hears_batch("requests-people", PersonRegistered, PersonChanged, PersonDeparted)
    async def on_people_told(self, events: Sequence[Event[PersonFact]]) -> Sequence[Outcome]:
        """People came, moved or left: requests may be filed for them, legs are theirs or no longer theirs."""
        await self._learnt.learn_people(events)
        await follow_people(self._casework, {event.data.person_id: event.id for event in events})
        return [Done()] * len(events)

    @hears_batch("requests-belonging", PersonRegistered, PersonChanged, UnitFormed)
    async def on_belonging_told(self, events: Sequence[Event[BelongingFact]]) -> Sequence[Outcome]:
        """People belong to units, and units to others: whoever works for these works for what the people ask."""
        await self._learnt.learn_belonging(events)
        return [Done()] * len(events)

    @hears("requests-proposals", HelperProposed)
    async def on_helper_proposed(self, event: Event[HelperProposed]) -> Outcome:
        """Matching proposes a helper: the leg is offered, unless the news is stale."""
        told = event.data
        proposal = Proposal(told.leg_id, told.round, told.helper_id)
        await offer_leg(self._casework, told.request_id, proposal, self._because(event))
        return Done()

    @hears("requests-proposals", HelperNotFound)
    async def on_helper_not_found(self, event: Event[HelperNotFound]) -> Outcome:
        """Matching found nobody: a coordinator is asked, unless the news is stale."""
        told = event.data
        proposal = Proposal(told.leg_id, told.round, None)
        await offer_leg(self._casework, told.request_id, proposal, self._because(event))
        return Done()

    @hears("requests-dispatch", LegQueued)
    async def on_leg_queued(self, event: Event[LegQueued]) -> Outcome:
        """A leg waits for the outside system: it is sent, again and again while that system is away."""
        told = event.data
        return await dispatch_leg(self._logistics, told.request_id, told.leg_id, self._because(event))

    @hears("requests-withdrawals", LegDropped)
    async def on_leg_dropped(self, event: Event[LegDropped]) -> Outcome:
        """An outside leg is no longer wanted: its system is told, again and again while it is away."""
        told = event.data
        if told.system is None:
            return Done()
        return await withdraw_outside(self._logistics, told.request_id, told.leg_id, self._because(event))

    @hears_batch("requests-sessions", SessionsEnded)
    async def on_sessions_ended(self, events: Sequence[Event[SessionsEnded]]) -> Sequence[Outcome]:
        """Sessions ended: their tokens are refused from now on."""
        await self._ended_sessions.learn(events)
        return [Done()] * len(events)

    def _because(
        self, event: Event[HelperProposed] | Event[HelperNotFound] | Event[LegQueued] | Event[LegDropped]
    ) -> Because:
        return Because.event(event, self._casework.clock.now(), SERVICE)
