"""Proposing helpers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final, Protocol

from services.members.loads.handlers import LegNews, Loads
from services.members.matching.domain import Candidate, Need, Proposal, propose
from shared.clock import Clock
from shared.contracts.event import Event, Fact
from shared.contracts.requests.leg import LegOpened
from shared.ids import derive_id
from shared.store.document import Because, Documents

Decided = tuple[Proposal, Sequence[Fact]]
PENDING: Final = timedelta(minutes=10)
"""How long a proposal counts as load before `requests` has made it an offer."""


class Pool(Protocol):
    """Who may be asked to help."""

    async def helpers(self) -> Sequence[Candidate]:
        """Return everybody who is a helper and has not left, without their load."""
        ...

    async def homes(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return where these people live, as far as it is known."""
        ...


@dataclass(frozen=True, slots=True)
class Matching:
    """What matching needs; `zone` is the campus's time zone, for timetables."""

    clock: Clock
    proposals: Documents[Proposal]
    pool: Pool
    loads: Loads
    zone: tzinfo


async def propose_helpers(matching: Matching, events: Sequence[Event[LegOpened]]) -> None:
    """Choose a helper for each opened leg, counting within the batch whom it chose before.

    A leg's round that was answered before keeps its answer: the proposal's id follows from the event.
    """
    helpers = await matching.pool.helpers()
    homes = await matching.pool.homes([event.data.requester_id for event in events])
    now = matching.clock.now()
    loads = dict(await matching.loads.count(now))
    proposals: list[Decided] = []
    for event in events:
        need = need_of(event.data, homes.get(event.data.requester_id))
        candidates = [replace(one, load=loads.get(one.id, 0)) for one in helpers]
        decided = propose(need, candidates, now.astimezone(matching.zone), now)
        chosen = decided[0].helper_id
        if chosen is not None:
            loads[chosen] = loads.get(chosen, 0) + 1
        proposals.append(decided)
    pairs = zip(events, proposals, strict=True)
    answers = await asyncio.gather(*(_create(matching, event, decided, now) for event, decided in pairs))
    await matching.loads.learn(answers)


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


async def _create(matching: Matching, event: Event[LegOpened], decided: Decided, now: datetime) -> LegNews:
    proposal, facts = decided
    proposal_id = derive_id("proposal", event.id)
    created = await matching.proposals.create(proposal_id, proposal, facts, Because.event(event, now, "members"))
    helper_id = created.document.state.helper_id
    return LegNews(event.data.leg_id, event.version, helper_id, open=helper_id is not None, until=now + PENDING)
