"""Stages, legs, people and clocks as data; a missing arrow is a refusal with a stable code."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.requests.casework.domain import Ask, Caller, Command, Leg, Request, Why
from shared.contracts.members import Role
from shared.contracts.requests import ENDED, LegState, Stage, Visibility
from shared.refusal import Refusal

_ACTIVE: Final = frozenset({Stage.TRIAGED, Stage.MATCHING, Stage.ASSIGNED, Stage.IN_PROGRESS, Stage.ON_HOLD})
_UNSERVED: Final = frozenset({Stage.SUBMITTED, Stage.TRIAGED, Stage.MATCHING, Stage.ASSIGNED, Stage.ON_HOLD})
_WITHDRAWN: Final = frozenset({Stage.CANCELLED, Stage.REJECTED, Stage.MERGED, Stage.UNRESOLVABLE})

ARROWS: Final[Mapping[Stage, frozenset[Stage]]] = MappingProxyType(
    {
        Stage.SUBMITTED: frozenset({Stage.TRIAGED}) | _WITHDRAWN,
        Stage.TRIAGED: frozenset({Stage.MATCHING, Stage.ON_HOLD}) | _WITHDRAWN,
        Stage.MATCHING: frozenset({Stage.TRIAGED, Stage.ASSIGNED, Stage.IN_PROGRESS, Stage.RESOLVED, Stage.ON_HOLD})
        | _WITHDRAWN,
        Stage.ASSIGNED: frozenset({Stage.TRIAGED, Stage.MATCHING, Stage.IN_PROGRESS, Stage.RESOLVED, Stage.ON_HOLD})
        | _WITHDRAWN,
        Stage.IN_PROGRESS: frozenset({Stage.RESOLVED, Stage.ON_HOLD}) | _WITHDRAWN,
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
)
"""Where a request may go from each stage."""

STAGES: Final[Mapping[Command, frozenset[Stage]]] = MappingProxyType(
    {
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
        Command.ACCEPT: _ACTIVE,
        Command.DECLINE: _ACTIVE,
        Command.START: _ACTIVE - {Stage.ON_HOLD},
        Command.COMPLETE: _ACTIVE - {Stage.ON_HOLD},
        Command.OFFER: _ACTIVE,
        Command.UNMATCH: _ACTIVE,
        Command.EXPIRE: _ACTIVE,
        Command.VERIFY: frozenset({Stage.RESOLVED, Stage.CLOSED_CONFIRMED}),
        Command.DROP: frozenset(Stage),
        Command.AWAIT_NUMBER: _ACTIVE,
        Command.ACK: _ACTIVE,
        Command.FAIL_SEND: _ACTIVE,
        Command.HEAR_REMOTE: _ACTIVE,
        Command.CLOSE_REMOTE: _ACTIVE,
        Command.GO_STALE: _ACTIVE,
        Command.CLOSE_UNCONFIRMED: frozenset({Stage.RESOLVED}),
        Command.GO_OVERDUE: _ACTIVE | {Stage.SUBMITTED},
    }
)
"""The stages in which each command is possible at all."""

_S = LegState
LEG_STAGE: Final[Mapping[LegState, Stage]] = MappingProxyType(
    {
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
)
"""How far a live leg has come, in stages of its request; a leg in no state of this table is no longer live."""

WAITING: Final = frozenset({_S.QUEUED, _S.SENT, _S.TOKEN_WAIT})
"""States of an outside leg that the outside system has not yet acknowledged."""

LISTENING: Final = frozenset({_S.ACKED, _S.REMOTE_OPEN, _S.REMOTE_STALE})
"""States of an outside leg that waits for news."""

LEG_ARROWS: Final[Mapping[Command, Mapping[LegState, LegState]]] = MappingProxyType(
    {
        Command.OFFER: {_S.OPEN: _S.OFFERED},
        Command.ASSIGN: {_S.OPEN: _S.OFFERED, _S.OFFERED: _S.OFFERED},
        Command.ACCEPT: {_S.OFFERED: _S.ACCEPTED},
        Command.DECLINE: {_S.OFFERED: _S.OPEN},
        Command.EXPIRE: {_S.OFFERED: _S.OPEN},
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
            _S.TOKEN_WAIT: _S.TOKEN_WAIT,
            _S.ACKED: _S.REMOTE_STALE,
            _S.REMOTE_OPEN: _S.REMOTE_STALE,
        },
    }
)
"""Which command takes a leg from which state to which."""


class Who(StrEnum):
    """What somebody is to a request."""

    REQUESTER = "requester"
    HELPER = "helper"
    HANDLER = "handler"


WHO: Final[Mapping[Command, frozenset[Who]]] = MappingProxyType(
    {
        Command.CANCEL: frozenset({Who.REQUESTER, Who.HANDLER}),
        Command.CONFIRM: frozenset({Who.REQUESTER}),
        Command.RATE: frozenset({Who.REQUESTER}),
        Command.REOPEN: frozenset({Who.REQUESTER, Who.HANDLER}),
        Command.TRIAGE: frozenset({Who.HANDLER}),
        Command.REJECT: frozenset({Who.HANDLER}),
        Command.HOLD: frozenset({Who.HANDLER}),
        Command.RESUME: frozenset({Who.HANDLER}),
        Command.CONTACT: frozenset({Who.HANDLER}),
        Command.ADD_LEG: frozenset({Who.HANDLER}),
        Command.ASSIGN: frozenset({Who.HANDLER}),
        Command.ACCEPT: frozenset({Who.HELPER}),
        Command.DECLINE: frozenset({Who.HELPER}),
        Command.START: frozenset({Who.HELPER}),
        Command.COMPLETE: frozenset({Who.HELPER}),
    }
)
"""Who may give each command; a command that is not here is the service's own."""

_HANDLERS: Final = frozenset({Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.ADMIN})
FILES_FOR_OTHERS: Final = _HANDLERS
"""The roles that may file for somebody else."""

_WATCHERS: Final = _HANDLERS | {Role.LEADER, Role.LOGISTICS}
_READERS: Final = frozenset({Role.COUNSELLOR})

HANDLERS: Final[Mapping[Visibility, frozenset[Role]]] = MappingProxyType(
    {**dict.fromkeys(Visibility, _HANDLERS), Visibility.SEALED: _READERS}
)
"""The roles that may act for the desk on a request of each visibility; named readers join for sealed ones."""

VIEWERS: Final[Mapping[Visibility, frozenset[Role]]] = MappingProxyType(
    {**dict.fromkeys(Visibility, _WATCHERS), Visibility.PRIVATE: _HANDLERS, Visibility.SEALED: _READERS}
)
"""The roles that see a request of each visibility; named readers join for sealed ones."""


class Span(StrEnum):
    """The clocks, and the windows in which something may be done."""

    OFFER = "offer"
    CONFIRM = "confirm"
    SILENCE = "silence"
    RATING = "rating"
    REOPEN = "reopen"


SPANS: Final[Mapping[Span, timedelta]] = MappingProxyType(
    {
        Span.OFFER: timedelta(hours=4),
        Span.CONFIRM: timedelta(days=7),
        Span.SILENCE: timedelta(hours=24),
        Span.RATING: timedelta(hours=12),
        Span.REOPEN: timedelta(days=14),
    }
)
"""How long each clock runs."""

ROUNDS: Final = 3
"""Offers that a leg gets before a coordinator is asked."""


def is_live(leg: Leg) -> bool:
    """Tell whether the leg still counts: neither dropped nor given up."""
    return leg.state in LEG_STAGE


def relations(request: Request, caller: Caller, leg: Leg | None = None) -> frozenset[Who]:
    """Tell what the caller is to the request, and to one of its legs if there is one."""
    sealed_reader = caller.reader and request.visibility is Visibility.SEALED
    known = {
        Who.REQUESTER: caller.id == request.requester_id,
        Who.HELPER: leg is not None and leg.helper_id == caller.id,
        Who.HANDLER: sealed_reader or not HANDLERS[request.visibility].isdisjoint(caller.roles),
    }
    return frozenset(who for who, is_so in known.items() if is_so)


def sees(request: Request, caller: Caller) -> bool:
    """Tell whether the caller may look at it: its requester, its live helpers, and those its visibility names."""
    mine = caller.id == request.requester_id or any(leg.helper_id == caller.id for leg in request.legs if is_live(leg))
    reader = caller.reader and request.visibility is Visibility.SEALED
    return mine or reader or not VIEWERS[request.visibility].isdisjoint(caller.roles)


def check(request: Request, caller: Caller, command: Command, leg: Leg | None = None) -> None:
    """Refuse a command that this caller may not give, or that the request's stage or the leg's state does not allow."""
    if WHO[command].isdisjoint(relations(request, caller, leg)):
        raise Refusal(Why.NOT_YOURS)
    check_stage(request, command)
    if leg is not None:
        leg_after(leg, command)


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


_LEG_COMMANDS: Final = (Command.ASSIGN, Command.ACCEPT, Command.DECLINE, Command.START, Command.COMPLETE)


def check_reopening(request: Request, at: datetime) -> None:
    """Refuse a reopening after the window that begins with the closing."""
    if not _may_still_reopen(request, at):
        raise Refusal(Why.REOPEN_TOO_LATE, days=SPANS[Span.REOPEN].days)


def check_rating(request: Request, at: datetime) -> None:
    """Refuse to change a rating that is no longer editable; a first rating is always taken, however late."""
    if not _may_still_rate(request, at):
        raise Refusal(Why.RATING_CLOSED, hours=int(SPANS[Span.RATING].total_seconds() // 3600))


def _may_still_reopen(request: Request, at: datetime) -> bool:
    return request.closed_at is None or at < request.closed_at + SPANS[Span.REOPEN]


def _may_still_rate(request: Request, at: datetime) -> bool:
    return request.rating is None or request.rating.stars is None or at < request.rating.editable_until


_WINDOWS: Final[Mapping[Command, Callable[[Request, datetime], bool]]] = MappingProxyType(
    {Command.REOPEN: _may_still_reopen, Command.RATE: _may_still_rate}
)


def still_offered(leg: Leg, at: datetime) -> bool:
    """Tell whether the offer may still be accepted; it runs out even before its clock rings."""
    return leg.offer_expires_at is not None and at < leg.offer_expires_at


def may_on_leg(request: Request, leg: Leg, ask: Ask) -> tuple[Command, ...]:
    """Return the commands that the caller may give about this leg now."""
    mine = relations(request, ask.caller, leg)
    too_late = frozenset[Command]() if still_offered(leg, ask.at) else {Command.ACCEPT}
    possible = (c for c in _LEG_COMMANDS if c not in too_late and not WHO[c].isdisjoint(mine))
    return tuple(c for c in possible if request.stage in STAGES[c] and leg.state in LEG_ARROWS[c])


def may(request: Request, ask: Ask) -> tuple[Command, ...]:
    """Return every command that the caller may give now, to the request or to any of its legs, in the table's order."""
    mine = relations(request, ask.caller)
    on_legs = {command for leg in request.legs for command in may_on_leg(request, leg, ask)}

    def on_request(command: Command) -> bool:
        window = _WINDOWS.get(command)
        in_time = window is None or window(request, ask.at)
        return in_time and request.stage in STAGES[command] and not WHO[command].isdisjoint(mine)

    return tuple(c for c in WHO if c in on_legs or (c not in _LEG_COMMANDS and on_request(c)))
