"""No dead ends: wherever a request may get, a person of the desk can move every leg of it on, and somebody is told.

Every stage with every combination of states of up to two legs that can be reached is walked through the real rules.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from services.requests.casework.domain.closing import Answer, confirm, reopen
from services.requests.casework.domain.holding import hold, resume
from services.requests.casework.domain.lifecycle import LEG_STAGE, ROUNDS, SERVED, is_live
from services.requests.casework.domain.permissions import permissions_of
from services.requests.casework.domain.request import Ask, Command, Leg, Request
from services.requests.casework.domain.triage import triage
from services.requests.clocks.domain import ring
from services.requests.directory.domain import Resident
from services.requests.legs.domain.fitness import release_legs
from services.requests.legs.domain.offers import Proposal, accept, assign, claim, decline, offer, pass_over, release
from services.requests.legs.domain.service import add_leg, complete, report, start, withdraw
from services.requests.logistics.domain.exchange import News, RemoteStatus, await_number, fail_send, hear, take_number
from shared.contracts.stages import ENDED, LegKind, LegState, Stage
from shared.refusal import Refusal
from tests.support import requests_domain as cast

S = cast.SYSTEM
DESK = cast.Caller("counsellor", cast.COUNSELLOR.roles | cast.READER.roles, duty=("east",))
"""Somebody who acts for the desk on requests of every visibility."""

Step = Callable[[Request, Ask], tuple[Request, Any]]
UNREACHED = {Stage.SUBMITTED, Stage.MERGED, Stage.UNRESOLVABLE}
NEVER = {LegState.SENT, LegState.NO_SHOW, LegState.HANDED_BACK, LegState.FAILED}
"""States that no command leads to."""


def gist(request: Request) -> Any:
    """What matters of a request here: without times, names and what was said."""
    legs = sorted(
        (
            leg.kind,
            leg.state,
            leg.round < ROUNDS,
            leg.unmatched,
            leg.assigned,
            leg.stale,
            leg.quiet,
            bool(leg.nudged_at),
        )
        for leg in request.legs
    )
    return (request.stage, tuple(legs), request.needs, {leg.kind for leg in request.legs} == {LegKind.HELPER})


def bare(request: Request) -> Request:
    """Forget what no rule looks at: what was said, and legs that are no longer live."""
    return replace(request, timeline=(), legs=tuple(leg for leg in request.legs if is_live(leg)))


def of_leg(leg: Leg) -> Iterator[tuple[Any, Step]]:
    helper = cast.HELPER
    yield from (
        (DESK, lambda r, a: assign(r, a, leg.id, "helper")),
        (DESK, lambda r, a: assign(r, a, leg.id, DESK.id)),
        (DESK, lambda r, a: withdraw(r, a, leg.id, "enough")),
        (DESK, lambda r, a: release(r, a, leg.id, "not seen")),
        (helper, lambda r, a: claim(r, a, leg.id)),
        (helper, lambda r, a: accept(r, a, leg.id)),
        (helper, lambda r, a: decline(r, a, leg.id, "exam")),
        (helper, lambda r, a: start(r, a, leg.id)),
        (helper, lambda r, a: report(r, a, leg.id, "soon")),
        (helper, lambda r, a: complete(r, a, leg.id, None)),
        (DESK, lambda r, a: start(r, a, leg.id)),
        (DESK, lambda r, a: complete(r, a, leg.id, None)),
        (cast.MATCHING, lambda r, a: offer(r, a, Proposal(leg.id, leg.round, "helper"))),
        (cast.MATCHING, lambda r, a: offer(r, a, Proposal(leg.id, leg.round, None))),
        (cast.MATCHING, lambda r, a: pass_over(r, a, Proposal(leg.id, leg.round, "gone"))),
        (cast.MATCHING, lambda r, a: take_number(r, a, leg.id, "311")),
        (cast.MATCHING, lambda r, a: await_number(r, a, leg.id, "token")),
        (cast.MATCHING, lambda r, a: fail_send(r, a, leg.id, 400)),
        (cast.MATCHING, lambda r, a: hear(r, a, leg.id, News(S, "311", RemoteStatus.OPEN))),
        (cast.MATCHING, lambda r, a: hear(r, a, leg.id, News(S, "311", RemoteStatus.CLOSED))),
    )


def steps(request: Request) -> Iterator[tuple[Any, Step]]:
    gone = Resident("helper", None, departed=True)
    yield DESK, lambda r, a: hold(r, a, "away", for_requester=True)
    yield DESK, lambda r, a: hold(r, a, "parts", for_requester=False)
    yield DESK, resume
    yield DESK, lambda r, a: triage(r, a, None, S, urgent=None)
    yield cast.STUDENT, lambda r, a: confirm(r, a, Answer(solved=False), S)
    yield cast.STUDENT, lambda r, a: confirm(r, a, Answer(solved=True), S)
    yield DESK, lambda r, a: reopen(r, a, "again", S)
    yield cast.MATCHING, lambda r, a: release_legs(r, a, gone)
    if sum(is_live(leg) for leg in request.legs) < 2:
        yield DESK, lambda r, a: add_leg(r, a, LegKind.HELPER, None, S)
        yield DESK, lambda r, a: add_leg(r, a, LegKind.OUTSIDE, None, S)
    for leg in request.legs:
        if is_live(leg):
            yield from of_leg(leg)


@cache
def reachable() -> list[Request]:
    """Walk from every lane until nothing new is found; the clocks ring whenever they would."""
    found: dict[Any, Request] = {}
    todo = deque(cast.filed(category) for category in ("wish.errand", "repair.heat", "counsel.talk"))
    while todo:
        request = todo.popleft()
        if gist(request) in found:
            continue
        found[gist(request)] = request
        for who, act in steps(request):
            try:
                after, _ = act(request, cast.by(who))
            except Refusal:
                continue
            todo.append(bare(after))
        if request.due_at is not None:
            todo.append(bare(ring(request, Ask(cast.MATCHING, request.due_at))[0]))
    return list(found.values())


def unended() -> list[Request]:
    return [request for request in reachable() if request.stage not in ENDED]


def test_the_walk_reaches_every_stage_and_every_state_of_a_leg() -> None:
    ends = {Stage.CANCELLED, Stage.REJECTED}
    assert {request.stage for request in reachable()} == set(Stage) - UNREACHED - ends
    assert {leg.state for request in reachable() for leg in request.legs} == set(LEG_STAGE) - NEVER


def test_the_desk_can_move_every_leg_that_is_not_served() -> None:
    for request in unended():
        may = permissions_of(request, cast.by(DESK)).on_legs
        for leg in request.legs:
            if is_live(leg) and leg.state not in SERVED:
                assert Command.WITHDRAW in may[leg.id], request
                assert leg.kind is LegKind.OUTSIDE or Command.ASSIGN in may[leg.id], request


def test_the_desk_can_end_whatever_is_not_served_and_a_clock_ends_the_rest() -> None:
    for request in unended():
        may = permissions_of(request, cast.by(DESK)).may
        assert Command.CANCEL in may or (request.stage is Stage.RESOLVED and request.due_at is not None), request


def test_somebody_is_told_or_a_clock_runs() -> None:
    for request in unended():
        assert request.due_at is not None or request.needs or request.stage is Stage.ON_HOLD, request
        for leg in request.legs:
            if not is_live(leg) or leg.state in SERVED or request.stage is Stage.ON_HOLD:
                continue
            told = leg.unmatched or leg.stale or leg.quiet or leg.state is LegState.SEND_FAILED
            assert told or request.due_at is not None, (request, leg)


def by_the_desk(request: Request) -> Request:
    """Serve it with nothing but what the desk may do."""
    if request.stage is Stage.ON_HOLD:
        request, _ = resume(request, cast.by(DESK))
    for leg in request.legs:
        if is_live(leg) and leg.state not in SERVED:
            request, _ = withdraw(request, cast.by(DESK), leg.id, "by hand")
    if request.stage is Stage.TRIAGED:
        request, _ = add_leg(request, cast.by(DESK), LegKind.HELPER, None, S)
        leg_id = request.legs[-1].id
        request, _ = assign(request, cast.by(DESK), leg_id, DESK.id)
        request, _ = start(request, cast.by(DESK), leg_id)
        request, _ = complete(request, cast.by(DESK), leg_id, None)
    return request


def test_the_desk_alone_brings_every_request_to_its_confirmation() -> None:
    for request in unended():
        assert by_the_desk(request).stage is Stage.RESOLVED, request


def test_the_clocks_alone_bring_every_request_to_its_end_or_to_the_desk() -> None:
    for start_at in unended():
        request = start_at
        for _ in range(4 * ROUNDS):
            if request.due_at is None:
                break
            request, _ = ring(request, Ask(cast.MATCHING, request.due_at))
        assert request.due_at is None, request
        assert request.stage in ENDED or request.needs or request.stage is Stage.ON_HOLD, request


@pytest.mark.parametrize("state", sorted(set(LEG_STAGE) - SERVED - NEVER))
def test_there_is_such_a_leg_in_the_walk(state: LegState) -> None:
    assert any(leg.state is state for request in unended() for leg in request.legs)
