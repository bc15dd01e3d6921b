"""Proposing helpers, and learning from `requests` who has how many open legs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final, Protocol

from services.members.matching.domain import Candidate, Need, Proposal, propose
from shared.clock import Clock
from shared.contracts.event import Event, Fact
from shared.contracts.requests.leg import LegAccepted, LegFact, LegOffered, LegOpened, LegStarted
from shared.ids import derive_id
from shared.store.document import Because, Documents

Decided = tuple[Proposal, Sequence[Fact]]

PENDING: Final = timedelta(minutes=10)
"""How long a proposal counts as load before `requests` has made it an offer."""


@dataclass(frozen=True, slots=True)
class LegNews:
    """What one event says about one leg: who has it while it is `open`; `until` None unless that lapses by itself."""

    leg_id: str
    version: int
    helper_id: str | None
    open: bool
    until: datetime | None = None


class Loads(Protocol):
    """The number of open legs of each helper, learnt by merging: of two pieces of news, the higher version counts."""

    async def learn(self, news: Sequence[LegNews]) -> None:
        """Merge news, in any order and any number of times."""
        ...

    async def count(self, now: datetime, ids: Sequence[str] | None = None) -> Mapping[str, int]:
        """Return how many open legs people have (those of `ids`, or everybody); nobody with none is listed."""
        ...


class Pool(Protocol):
    """Who may be asked to help."""

    async def helpers(self) -> Sequence[Candidate]:
        """Return everybody who is a helper and has not left, without their load."""
        ...

    async def homes(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return where these people live, as far as it is known."""
        ...


@dataclass(frozen=True, slots=True)
class MatchingDesk:
    """What matching needs; `zone` is the campus's time zone, for timetables."""

    clock: Clock
    proposals: Documents[Proposal]
    pool: Pool
    loads: Loads
    zone: tzinfo


async def propose_helpers(desk: MatchingDesk, events: Sequence[Event[LegOpened]]) -> None:
    """Choose a helper for each opened leg, counting within the batch whom it chose before.

    A leg's round that was answered before keeps its answer: the proposal's id follows from the event.
    """
    helpers = await desk.pool.helpers()
    homes = await desk.pool.homes([event.data.requester_id for event in events])
    now = desk.clock.now()
    loads = dict(await desk.loads.count(now))
    proposals: list[Decided] = []
    for event in events:
        need = need_of(event.data, homes.get(event.data.requester_id))
        candidates = [replace(one, load=loads.get(one.id, 0)) for one in helpers]
        decided = propose(need, candidates, now.astimezone(desk.zone), now)
        chosen = decided[0].helper_id
        if chosen is not None:
            loads[chosen] = loads.get(chosen, 0) + 1
        proposals.append(decided)
    pairs = zip(events, proposals, strict=True)
    answers = await asyncio.gather(*(_create(desk, event, decided, now) for event, decided in pairs))
    await desk.loads.learn(answers)


async def learn_loads(loads: Loads, events: Sequence[Event[LegFact]]) -> None:
    """Learn who has which legs from what happened to them."""
    await loads.learn([news_of(event) for event in events])


def news_of(event: Event[LegFact]) -> LegNews:
    """Return what an event says about a leg: offered, accepted and started legs are open, all others are not."""
    fact = event.data
    if isinstance(fact, LegOffered | LegAccepted | LegStarted):
        return LegNews(fact.leg_id, event.version, fact.helper_id, open=True)
    return LegNews(fact.leg_id, event.version, None, open=False)


def need_of(fact: LegOpened, home: str | None) -> Need:
    """Return what an opened leg needs; `home` is where its requester lives."""
    return Need(
        request_id=fact.request_id,
        leg_id=fact.leg_id,
        round=fact.round,
        skill=fact.skill,
        place=fact.place,
        requester_id=fact.requester_id,
        requester_place=home,
        excluded_ids=frozenset(fact.excluded_ids),
    )


async def _create(desk: MatchingDesk, event: Event[LegOpened], decided: Decided, now: datetime) -> LegNews:
    proposal, facts = decided
    proposal_id = derive_id("proposal", event.id)
    created = await desk.proposals.create(proposal_id, proposal, facts, Because.event(event, now, "members"))
    helper_id = created.document.state.helper_id
    return LegNews(event.data.leg_id, event.version, helper_id, open=helper_id is not None, until=now + PENDING)
