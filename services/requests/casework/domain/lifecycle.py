"""Stages, legs and clocks as data; a missing arrow is a refusal with a stable code."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

from services.requests.casework.domain.request import Command, Leg, Request, Why, Withdrawal
from shared.contracts.stages import ENDED, LegState, Stage
from shared.refusal import Refusal

_ACTIVE: Final = frozenset({Stage.TRIAGED, Stage.MATCHING, Stage.ASSIGNED, Stage.IN_PROGRESS, Stage.ON_HOLD})
_UNSERVED: Final = frozenset({Stage.SUBMITTED, Stage.TRIAGED, Stage.MATCHING, Stage.ASSIGNED, Stage.ON_HOLD})
_WITHDRAWN: Final = frozenset({Stage.CANCELLED, Stage.REJECTED, Stage.MERGED, Stage.UNRESOLVABLE})

ARROWS: Final[Mapping[Stage, frozenset[Stage]]] = {
    Stage.SUBMITTED: frozenset({Stage.TRIAGED}) | _WITHDRAWN,
    Stage.TRIAGED: frozenset({Stage.MATCHING, Stage.ON_HOLD}) | _WITHDRAWN,
    Stage.MATCHING: frozenset({Stage.TRIAGED, Stage.ASSIGNED, Stage.IN_PROGRESS, Stage.RESOLVED, Stage.ON_HOLD})
    | _WITHDRAWN,
    Stage.ASSIGNED: frozenset({Stage.TRIAGED, Stage.MATCHING, Stage.IN_PROGRESS, Stage.RESOLVED, Stage.ON_HOLD})
    | _WITHDRAWN,
    Stage.IN_PROGRESS: frozenset({Stage.TRIAGED, Stage.MATCHING, Stage.ASSIGNED, Stage.RESOLVED, Stage.ON_HOLD})
    | _WITHDRAWN,
    Stage.ON_HOLD: frozenset({Stage.TRIAGED, Stage.MATCHING, Stage.ASSIGNED, Stage.IN_PROGRESS, Stage.RESOLVED})
    | _WITHDRAWN,
    Stage.RESOLVED: frozenset({Stage.CLOSED_CONFIRMED, Stage.CLOSED_UNCONFIRMED, Stage.TRIAGED}),
    Stage.CLOSED_CONFIRMED: frozenset({Stage.TRIAGED}),
    Stage.CLOSED_UNCONFIRMED: frozenset({Stage.TRIAGED}),
    Stage.CANCELLED: frozenset(),
    Stage.REJECTED: frozenset(),
    Stage.MERGED: frozenset(),
    Stage.UNRESOLVABLE: frozenset(),
}
"""Where a request may go from each stage."""

STAGES: Final[Mapping[Command, frozenset[Stage]]] = {
    Command.TRIAGE: frozenset({Stage.SUBMITTED, Stage.TRIAGED, Stage.MATCHING, Stage.ASSIGNED}),
    Command.CANCEL: _ACTIVE | {Stage.SUBMITTED},
    Command.REJECT: _UNSERVED,
    Command.HOLD: _ACTIVE - {Stage.ON_HOLD},
    Command.RESUME: frozenset({Stage.ON_HOLD}),
    Command.CONTACT: frozenset(Stage) - ENDED,
    Command.CONFIRM: frozenset({Stage.RESOLVED}),
    Command.RATE: frozenset({Stage.CLOSED_CONFIRMED, Stage.CLOSED_UNCONFIRMED}),
    Command.REOPEN: frozenset({Stage.RESOLVED, Stage.CLOSED_CONFIRMED, Stage.CLOSED_UNCONFIRMED}),
    Command.ADD_LEG: _ACTIVE,
    Command.ASSIGN: _ACTIVE,
    Command.WITHDRAW: _ACTIVE,
    Command.CLAIM: _ACTIVE - {Stage.ON_HOLD},
    Command.ACCEPT: _ACTIVE,
    Command.DECLINE: _ACTIVE,
    Command.RELEASE: _ACTIVE,
    Command.REPORT: _ACTIVE,
    Command.START: _ACTIVE - {Stage.ON_HOLD},
    Command.COMPLETE: _ACTIVE - {Stage.ON_HOLD},
    Command.OFFER: _ACTIVE,
    Command.UNMATCH: _ACTIVE,
    Command.EXPIRE: _ACTIVE,
    Command.VACATE: _ACTIVE,
    Command.NUDGE: _ACTIVE - {Stage.ON_HOLD},
    Command.FALL_QUIET: _ACTIVE - {Stage.ON_HOLD},
    Command.VERIFY: frozenset({Stage.RESOLVED, Stage.CLOSED_CONFIRMED}),
    Command.DROP: frozenset(Stage),
    Command.AWAIT_NUMBER: _ACTIVE,
    Command.ACK: _ACTIVE,
    Command.FAIL_SEND: _ACTIVE,
    Command.HEAR_REMOTE: _ACTIVE,
    Command.CLOSE_REMOTE: _ACTIVE,
    Command.GO_STALE: _ACTIVE,
    Command.ACKNOWLEDGE_OUTSIDE: frozenset(Stage),
    Command.CLOSE_UNCONFIRMED: frozenset({Stage.RESOLVED}),
}
"""The stages in which each command is possible at all."""

_S = LegState
LEG_STAGE: Final[Mapping[LegState, Stage]] = {
    _S.OPEN: Stage.MATCHING,
    _S.OFFERED: Stage.MATCHING,
    _S.QUEUED: Stage.MATCHING,
    _S.SENT: Stage.MATCHING,
    _S.TOKEN_WAIT: Stage.MATCHING,
    _S.SEND_FAILED: Stage.MATCHING,
    _S.ACCEPTED: Stage.ASSIGNED,
    _S.ACKED: Stage.ASSIGNED,
    _S.REMOTE_OPEN: Stage.ASSIGNED,
    _S.REMOTE_STALE: Stage.ASSIGNED,
    _S.STARTED: Stage.IN_PROGRESS,
    _S.DONE: Stage.RESOLVED,
    _S.VERIFIED: Stage.RESOLVED,
    _S.REMOTE_CLOSED: Stage.RESOLVED,
}
"""How far a live leg has come, in stages of its request; a leg in no state of this table is no longer live."""

WAITING: Final = frozenset({_S.QUEUED, _S.SENT, _S.TOKEN_WAIT})
"""States of an outside leg that the outside system has not yet acknowledged."""

LISTENING: Final = frozenset({_S.ACKED, _S.REMOTE_OPEN, _S.REMOTE_STALE})
"""States of an outside leg that waits for news."""

HELD: Final = frozenset({_S.ACCEPTED, _S.STARTED})
"""States of a leg that a helper took and has not served."""

SERVED: Final = frozenset({_S.DONE, _S.VERIFIED, _S.REMOTE_CLOSED})
"""States of a leg that is served."""

LEG_ARROWS: Final[Mapping[Command, Mapping[LegState, LegState]]] = {
    Command.OFFER: {_S.OPEN: _S.OFFERED},
    Command.ASSIGN: {_S.OPEN: _S.OFFERED, _S.OFFERED: _S.OFFERED, _S.ACCEPTED: _S.OFFERED, _S.STARTED: _S.OFFERED},
    Command.WITHDRAW: {state: _S.DROPPED for state in LEG_STAGE if state not in SERVED},
    Command.CLAIM: {_S.OPEN: _S.OFFERED, _S.OFFERED: _S.OFFERED},
    Command.ACCEPT: {_S.OFFERED: _S.ACCEPTED},
    Command.DECLINE: {_S.OFFERED: _S.OPEN},
    Command.EXPIRE: {_S.OFFERED: _S.OPEN},
    Command.RELEASE: dict.fromkeys(HELD, _S.OPEN),
    Command.VACATE: dict.fromkeys(HELD | {_S.OFFERED}, _S.OPEN),
    Command.REPORT: {state: state for state in HELD},
    Command.NUDGE: {state: state for state in HELD},
    Command.FALL_QUIET: {_S.STARTED: _S.STARTED},
    Command.UNMATCH: {_S.OPEN: _S.OPEN},
    Command.START: {_S.ACCEPTED: _S.STARTED},
    Command.COMPLETE: {_S.STARTED: _S.DONE},
    Command.VERIFY: {_S.DONE: _S.VERIFIED, _S.REMOTE_CLOSED: _S.REMOTE_CLOSED},
    Command.DROP: dict.fromkeys(LEG_STAGE, _S.DROPPED),
    Command.AWAIT_NUMBER: {_S.QUEUED: _S.TOKEN_WAIT, _S.TOKEN_WAIT: _S.TOKEN_WAIT},
    Command.ACK: dict.fromkeys(WAITING, _S.ACKED),
    Command.FAIL_SEND: dict.fromkeys(WAITING, _S.SEND_FAILED),
    Command.HEAR_REMOTE: dict.fromkeys(LISTENING, _S.REMOTE_OPEN),
    Command.CLOSE_REMOTE: dict.fromkeys(LISTENING, _S.REMOTE_CLOSED),
    Command.GO_STALE: {
        _S.QUEUED: _S.QUEUED,
        _S.SENT: _S.SENT,
        _S.TOKEN_WAIT: _S.TOKEN_WAIT,
        _S.ACKED: _S.REMOTE_STALE,
        _S.REMOTE_OPEN: _S.REMOTE_STALE,
    },
    Command.ACKNOWLEDGE_OUTSIDE: {_S.DROPPED: _S.DROPPED},
}
"""Which command takes a leg from which state to which."""


class Span(StrEnum):
    """The clocks, and the windows in which something may be done."""

    OFFER = "offer"
    CONFIRM = "confirm"
    SILENCE = "silence"
    MATCH = "match"
    START = "start"
    UPDATE = "update"
    RATING = "rating"
    REOPEN = "reopen"


SPANS: Final[Mapping[Span, timedelta]] = {
    Span.OFFER: timedelta(hours=4),
    Span.CONFIRM: timedelta(days=7),
    Span.SILENCE: timedelta(hours=24),
    Span.MATCH: timedelta(hours=4),
    Span.START: timedelta(hours=24),
    Span.UPDATE: timedelta(days=3),
    Span.RATING: timedelta(hours=12),
    Span.REOPEN: timedelta(days=14),
}
"""How long each clock runs."""

ROUNDS: Final = 3
"""Offers that a leg gets before a coordinator is asked."""


def is_live(leg: Leg) -> bool:
    """Tell whether the leg still counts: neither dropped nor given up."""
    return leg.state in LEG_STAGE


def is_open_outside(leg: Leg) -> bool:
    """Tell whether an outside system may still work on a dropped leg: it was not told yet, or cannot be."""
    return leg.withdrawal in {Withdrawal.PENDING, Withdrawal.BY_HAND}


def check_stage(request: Request, command: Command) -> None:
    """Refuse a command that is not possible in the request's stage."""
    if request.stage not in STAGES[command]:
        raise Refusal(Why.WRONG_STAGE, stage=request.stage.value, command=command.value)


def leg_after(leg: Leg, command: Command) -> LegState:
    """Return the leg's state after the command, or refuse it: there is no such arrow."""
    state = LEG_ARROWS[command].get(leg.state)
    if state is None:
        raise Refusal(Why.LEG_WRONG_STATE, state=leg.state.value, command=command.value)
    return state


def find_leg(request: Request, leg_id: str) -> Leg:
    """Return the leg, or refuse: the request has no such leg."""
    for leg in request.legs:
        if leg.id == leg_id:
            return leg
    raise Refusal(Why.LEG_UNKNOWN)


def stage_of(legs: Sequence[Leg]) -> Stage:
    """Return where a request with these legs stands: resolved when every live leg is served, else the furthest."""
    stages = {LEG_STAGE[leg.state] for leg in legs if is_live(leg)}
    if not stages:
        return Stage.TRIAGED
    if stages == {Stage.RESOLVED}:
        return Stage.RESOLVED
    if stages & {Stage.IN_PROGRESS, Stage.RESOLVED}:
        return Stage.IN_PROGRESS
    return Stage.ASSIGNED if Stage.ASSIGNED in stages else Stage.MATCHING
