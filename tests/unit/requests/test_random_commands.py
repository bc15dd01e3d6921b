"""Random commands of random people at random times never leave the tables."""

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.requests.casework.domain.closing import Answer, cancel, confirm, rate, reject, reopen
from services.requests.casework.domain.filing import file
from services.requests.casework.domain.holding import contact, hold, resume
from services.requests.casework.domain.lifecycle import ARROWS, LEG_ARROWS, is_open_outside
from services.requests.casework.domain.permissions import ALLOWED
from services.requests.casework.domain.request import Ask, Command, Leg, Need, Request, Why
from services.requests.casework.domain.triage import triage
from services.requests.catalogue.domain import CATEGORIES
from services.requests.clocks.domain import ring
from services.requests.departures.domain import note_requester
from services.requests.directory.domain import Resident
from services.requests.legs.domain.fitness import release_legs
from services.requests.legs.domain.offers import Proposal, accept, assign, claim, decline, offer, pass_over, release
from services.requests.legs.domain.service import add_leg, complete, report, start, withdraw
from services.requests.logistics.domain.exchange import (
    News,
    RemoteStatus,
    await_number,
    fail_send,
    hear,
    note_asked,
    take_number,
)
from shared.contracts.event import Fact
from shared.contracts.members import Role
from shared.contracts.requests.request import RequestContacted
from shared.contracts.stages import ENDED, LegKind, LegState, Stage
from shared.refusal import Refusal
from tests.support import requests_domain as cast

S = cast.SYSTEM


@dataclass(frozen=True)
class Try:
    request: Request
    ask: Ask
    leg: Leg
    who: str
    n: int


def person(t: Try) -> Resident:
    return Resident(t.who, None, frozenset({list(Role)[t.n % len(Role)]}), departed=t.n % 2 > 0)


OF_PEOPLE = {command.value for command in ALLOWED}
ACTS: dict[str, Any] = {
    "cancel": lambda t: cancel(t.request, t.ask, None),
    "reject": lambda t: reject(t.request, t.ask, "no", "else"),
    "hold": lambda t: hold(t.request, t.ask, "wait", for_requester=t.n % 2 == 0),
    "resume": lambda t: resume(t.request, t.ask),
    "contact": lambda t: contact(t.request, t.ask, "called"),
    "triage": lambda t: triage(t.request, t.ask, sorted(CATEGORIES)[t.n % len(CATEGORIES)], S, urgent=None),
    "confirm": lambda t: confirm(t.request, t.ask, Answer(solved=t.n % 3 > 0, stars=t.n % 5 + 1), S),
    "rate": lambda t: rate(t.request, t.ask, t.n % 5 + 1, None),
    "reopen": lambda t: reopen(t.request, t.ask, "again", S),
    "add_leg": lambda t: add_leg(t.request, t.ask, list(LegKind)[t.n % 2], None, S),
    "assign": lambda t: assign(t.request, t.ask, t.leg.id, t.who),
    "claim": lambda t: claim(t.request, t.ask, t.leg.id),
    "accept": lambda t: accept(t.request, t.ask, t.leg.id),
    "decline": lambda t: decline(t.request, t.ask, t.leg.id, None),
    "release": lambda t: release(t.request, t.ask, t.leg.id, "why"),
    "report": lambda t: report(t.request, t.ask, t.leg.id, "soon"),
    "withdraw": lambda t: withdraw(t.request, t.ask, t.leg.id, "enough"),
    "pass_over": lambda t: pass_over(t.request, t.ask, Proposal(t.leg.id, t.leg.round, t.who)),
    "leaves": lambda t: release_legs(t.request, t.ask, person(t)),
    "asks": lambda t: note_requester(t.request, t.ask, Resident(t.request.requester_id, None, departed=t.n % 2 > 0)),
    "start": lambda t: start(t.request, t.ask, t.leg.id),
    "complete": lambda t: complete(t.request, t.ask, t.leg.id, None),
    "offer": lambda t: offer(t.request, t.ask, Proposal(t.leg.id, t.leg.round, t.who if t.n % 4 else None)),
    "ack": lambda t: take_number(t.request, t.ask, t.leg.id, "311-1"),
    "await": lambda t: await_number(t.request, t.ask, t.leg.id, "token"),
    "fail": lambda t: fail_send(t.request, t.ask, t.leg.id, 400),
    "hear": lambda t: hear(t.request, t.ask, t.leg.id, News(S, "311-1", list(RemoteStatus)[t.n % 2])),
    "asked": lambda t: note_asked(t.request, t.ask, t.leg.id),
    "ring": lambda t: ring(t.request, t.ask),
}
PEOPLE = (cast.STUDENT, cast.HELPER, cast.SECOND, cast.DESK, cast.READER)
ARROW_PAIRS = {(a, b) for arrows in LEG_ARROWS.values() for a, b in arrows.items()}
STEP = st.tuples(
    st.sampled_from(sorted(ACTS)), st.sampled_from(PEOPLE), st.integers(0, 99), st.integers(0, 50), st.integers(0, 3)
)


def reachable(before: LegState, after: LegState) -> bool:
    """A commit may take a leg along up to three arrows."""
    seen = {before}
    for _ in range(3):
        seen |= {b for a, b in ARROW_PAIRS if a in seen}
    return after in seen


def check(before: Request, after: Request, facts: list[Fact]) -> None:
    stages = [before.stage, *(getattr(fact, "stage", before.stage) for fact in facts), after.stage]
    for one, other in itertools.pairwise(stages):
        assert one is other or other in ARROWS[one]
    old: dict[str, Leg] = {leg.id: leg for leg in before.legs}
    for leg in after.legs:
        assert leg.id not in old or old[leg.id].state is leg.state or reachable(old[leg.id].state, leg.state)
        assert (leg.offer_expires_at is not None) == (leg.state is LegState.OFFERED)
        assert leg.helper_id != after.requester_id
        assert leg.nudged_at is None or leg.state in LEG_ARROWS[Command.NUDGE] or leg.state is LegState.DROPPED
        assert not leg.quiet or leg.state in LEG_ARROWS[Command.FALL_QUIET] or leg.state is LegState.DROPPED
    assert len({leg.id for leg in after.legs}) == len(after.legs)
    assert (after.resolved_at is not None) == (after.stage in {Stage.RESOLVED, *CLOSED})
    if after.stage in ENDED:
        assert after.due_at is None
        assert set(after.needs) <= {Need.STILL_OPEN_OUTSIDE}
        assert bool(after.needs) == any(is_open_outside(leg) for leg in after.legs)


CLOSED = {Stage.CLOSED_CONFIRMED, Stage.CLOSED_UNCONFIRMED}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(CATEGORIES)), st.lists(STEP, max_size=40))
def test_random_commands_never_leave_the_tables(category: str, steps: list[Any]) -> None:
    request, told = file(cast.filing(category), cast.by(cast.STUDENT), S)
    facts = list(told)
    at = cast.NOW
    codes: set[str] = set()
    for name, caller, number, hours, which in steps:
        at += timedelta(hours=hours)
        ask = Ask(caller, at)
        leg = request.legs[-1 - which % len(request.legs)]
        allowed = cast.may(request, ask)
        try:
            after, new = ACTS[name](Try(request, ask, leg, PEOPLE[number % 3].id, number))
        except Refusal as refusal:
            codes.add(refusal.code)
            continue
        check(request, after, list(new))
        assert name in allowed or name not in OF_PEOPLE
        request, facts = after, [*facts, *new]
    assert codes <= set(Why)
    assert sum(isinstance(fact, RequestContacted) for fact in facts) <= 1
    if request.due_at is not None and request.due_at <= at:
        rung, _ = ring(request, Ask(cast.MATCHING, at))
        assert rung.due_at is None or rung.due_at > at
    assert msgspec.convert(msgspec.to_builtins(request), Request) == request
