"""Who may do what to a request: by what they are to it, by their role, by its stage, and while a window is open."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from services.requests.casework.domain.lifecycle import (
    LEG_ARROWS,
    SPANS,
    STAGES,
    Span,
    check_stage,
    is_live,
    is_open_outside,
    leg_after,
)
from services.requests.casework.domain.request import Ask, Caller, Command, Leg, Request, Why
from shared.contracts.members import Role
from shared.contracts.scope import Scope
from shared.contracts.stages import Kind, LegKind, LegState, Stage, Visibility
from shared.refusal import Refusal


class Relation(StrEnum):
    """What somebody is to a request."""

    REQUESTER = "requester"
    HELPER = "helper"
    HANDLER = "handler"
    VOLUNTEER = "volunteer"
    LOGISTICS = "logistics"


ALLOWED: Final[Mapping[Command, frozenset[Relation]]] = {
    Command.CANCEL: frozenset({Relation.REQUESTER, Relation.HANDLER}),
    Command.CONFIRM: frozenset({Relation.REQUESTER}),
    Command.RATE: frozenset({Relation.REQUESTER}),
    Command.REOPEN: frozenset({Relation.REQUESTER, Relation.HANDLER}),
    Command.TRIAGE: frozenset({Relation.HANDLER}),
    Command.REJECT: frozenset({Relation.HANDLER}),
    Command.HOLD: frozenset({Relation.HANDLER}),
    Command.RESUME: frozenset({Relation.HANDLER}),
    Command.CONTACT: frozenset({Relation.HANDLER}),
    Command.ADD_LEG: frozenset({Relation.HANDLER}),
    Command.ASSIGN: frozenset({Relation.HANDLER}),
    Command.WITHDRAW: frozenset({Relation.HANDLER}),
    Command.ACKNOWLEDGE_OUTSIDE: frozenset({Relation.HANDLER, Relation.LOGISTICS}),
    Command.CLAIM: frozenset({Relation.VOLUNTEER}),
    Command.ACCEPT: frozenset({Relation.HELPER}),
    Command.DECLINE: frozenset({Relation.HELPER}),
    Command.RELEASE: frozenset({Relation.HELPER, Relation.HANDLER}),
    Command.REPORT: frozenset({Relation.HELPER}),
    Command.START: frozenset({Relation.HELPER}),
    Command.COMPLETE: frozenset({Relation.HELPER}),
}
"""Who may give each command; a command that is not here is the service's own."""

_HANDLERS: Final = frozenset({Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.ADMIN})
FILES_FOR_OTHERS: Final = _HANDLERS
"""The roles that may file for somebody else."""

_WATCHERS: Final = _HANDLERS | {Role.LEADER}
_READERS: Final = frozenset({Role.SEALED_READER})

HANDLERS: Final[Mapping[Visibility, frozenset[Role]]] = {
    **dict.fromkeys(Visibility, _HANDLERS),
    Visibility.SEALED: _READERS,
}
"""The roles that may act for the desk on a request of each visibility, within what they work for."""

VIEWERS: Final[Mapping[Visibility, frozenset[Role]]] = {
    **dict.fromkeys(Visibility, _WATCHERS),
    Visibility.PRIVATE: _HANDLERS,
    Visibility.SEALED: _READERS,
}
"""The roles that see a request of each visibility, within what they work for; sealed readers work for all that is."""

OUTSIDE_VIEWERS: Final = frozenset({Role.LOGISTICS})
"""The roles that see what went to an outside system, by nobody's name."""

OUTSIDE_VISIBILITIES: Final = frozenset({Visibility.PUBLIC, Visibility.MASKED})
"""The visibilities of what they see."""

WALL_KINDS: Final = frozenset({Kind.WISH, Kind.STUDY})
"""The kinds of requests that the wall shows."""

WALL_VISIBILITIES: Final = frozenset({Visibility.PUBLIC, Visibility.MASKED})
"""The visibilities that the wall shows; it never tells whose a request is."""


def is_on_wall(request: Request) -> bool:
    """Tell whether the wall shows it, and volunteers may claim its legs."""
    return request.kind in WALL_KINDS and request.visibility in WALL_VISIBILITIES


def works_for(request: Request, caller: Caller, roles: AbstractSet[Role]) -> bool:
    """Tell whether one of these roles is the caller's and holds for the request: by its place or its requester's units.

    Sealed readers work for what is sealed, wherever it comes from.
    """
    if request.visibility is Visibility.SEALED:
        return not (caller.roles & roles).isdisjoint(_READERS)
    return caller.scope(roles).holds(request.place, request.units or ())


def reach(caller: Caller) -> Mapping[Scope, Sequence[Visibility]]:
    """Return what the caller sees wholly by their roles: where, and of which visibilities. What is sealed is apart."""
    found: dict[Scope, list[Visibility]] = {}
    for visibility in Visibility:
        scope = caller.scope(VIEWERS[visibility] - _READERS)
        if not scope.nowhere:
            found.setdefault(scope, []).append(visibility)
    return found


def reads_sealed(caller: Caller) -> bool:
    """Tell whether the caller is one of the two who read what is sealed."""
    return not caller.roles.isdisjoint(_READERS)


def relations(request: Request, caller: Caller) -> frozenset[Relation]:
    """Tell what the caller is to the request."""
    known: list[Relation] = []
    if caller.id == request.requester_id:
        known.append(Relation.REQUESTER)
    elif Role.HELPER in caller.roles and is_on_wall(request):
        known.append(Relation.VOLUNTEER)
    if works_for(request, caller, HANDLERS[request.visibility]):
        known.append(Relation.HANDLER)
    if watches_outside(request, caller):
        known.append(Relation.LOGISTICS)
    return frozenset(known)


def may_serve(request: Request, leg: Leg, roles: frozenset[Role]) -> bool:
    """Tell whether somebody with these roles may have the leg: a helper, or whom the desk chose from among itself."""
    return Role.HELPER in roles or (leg.assigned and may_be_chosen(request, roles))


def may_be_chosen(request: Request, roles: frozenset[Role]) -> bool:
    """Tell whether the desk may give somebody with these roles a leg: helpers, and those who may act for it.

    Wherever they work: whom the desk chooses serves this one request.
    """
    return Role.HELPER in roles or not HANDLERS[request.visibility].isdisjoint(roles)


def _to_leg(mine: frozenset[Relation], leg: Leg, caller: Caller) -> frozenset[Relation]:
    return mine | {Relation.HELPER} if leg.helper_id == caller.id else mine


def goes_outside(leg: Leg) -> bool:
    """Tell whether an outside system has the leg, will get it, or had it before it was dropped."""
    sent = leg.remote_id is not None or leg.remote_token is not None
    return leg.kind is LegKind.OUTSIDE and (leg.state is not LegState.DROPPED or sent)


def watches_outside(request: Request, caller: Caller) -> bool:
    """Tell whether the caller may look at it, without its requester, because it goes outside."""
    told = request.visibility in OUTSIDE_VISIBILITIES and works_for(request, caller, OUTSIDE_VIEWERS)
    return told and any(goes_outside(leg) for leg in request.legs)


def sees(request: Request, caller: Caller) -> bool:
    """Tell whether the caller may look at it: who sees it wholly, and who watches what goes outside."""
    return sees_wholly(request, caller) or watches_outside(request, caller)


def may_know_of(request: Request, caller: Caller) -> bool:
    """Tell whether the caller may know that it is there: who sees it, or may take or has had a leg of it."""
    served = any(leg.helper_id == caller.id for leg in request.legs)
    return served or sees(request, caller) or Relation.VOLUNTEER in relations(request, caller)


def sees_wholly(request: Request, caller: Caller) -> bool:
    """Tell whether it is the caller's own, or theirs to serve now, or one that their role sees where they work."""
    mine = caller.id == request.requester_id or any(leg.helper_id == caller.id for leg in request.legs if is_live(leg))
    return mine or works_for(request, caller, VIEWERS[request.visibility])


def check(request: Request, caller: Caller, command: Command, leg: Leg | None = None) -> None:
    """Refuse a command that this caller may not give, or that the request's stage or the leg's state does not allow."""
    mine = relations(request, caller)
    if ALLOWED[command].isdisjoint(mine if leg is None else _to_leg(mine, leg, caller)):
        raise Refusal(Why.NOT_YOURS)
    check_stage(request, command)
    if leg is not None:
        leg_after(leg, command)


_LEG_COMMANDS: Final = (
    Command.ASSIGN,
    Command.WITHDRAW,
    Command.ACKNOWLEDGE_OUTSIDE,
    Command.CLAIM,
    Command.ACCEPT,
    Command.DECLINE,
    Command.RELEASE,
    Command.REPORT,
    Command.START,
    Command.COMPLETE,
)

_POSSIBLE: Final[Mapping[Stage, tuple[Command, ...]]] = {
    stage: tuple(c for c in ALLOWED if c not in _LEG_COMMANDS and stage in STAGES[c]) for stage in Stage
}
"""What people may do to a request in each stage, if they are somebody to it."""

_POSSIBLE_ON_LEG: Final[Mapping[tuple[Stage, LegState], tuple[Command, ...]]] = {
    (stage, state): tuple(c for c in _LEG_COMMANDS if stage in STAGES[c] and state in LEG_ARROWS[c])
    for stage in Stage
    for state in LegState
}
"""What people may do to a leg in each stage and state, if they are somebody to it."""


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


_WINDOWS: Final[Mapping[Command, Callable[[Request, datetime], bool]]] = {
    Command.REOPEN: _may_still_reopen,
    Command.RATE: _may_still_rate,
}


def still_offered(leg: Leg, at: datetime) -> bool:
    """Tell whether the offer may still be accepted; it runs out even before its clock rings."""
    return leg.offer_expires_at is not None and at < leg.offer_expires_at


def is_unclaimed(leg: Leg, caller: Caller) -> bool:
    """Tell whether the leg is still to be had: the desk gave it to nobody, and it is not the caller's already."""
    return leg.kind is LegKind.HELPER and not leg.assigned and leg.helper_id != caller.id


class Permissions(Struct, frozen=True):
    """How somebody stands to a request: what they are to it, and what they may do now.

    `may` are the commands to the request or to any of its legs, in the table's order; `on_legs` those to each leg.
    """

    who: frozenset[Relation]
    may: tuple[Command, ...]
    on_legs: Mapping[str, tuple[Command, ...]]


def permissions_of(request: Request, ask: Ask) -> Permissions:
    """Return how the caller stands to the request now."""
    who = relations(request, ask.caller)
    on_legs = {leg.id: _may_on_leg(request, leg, ask, who) for leg in request.legs}
    about_request = {c for c in _POSSIBLE[request.stage] if not ALLOWED[c].isdisjoint(who)}
    in_time = {c for c in about_request if c not in _WINDOWS or _WINDOWS[c](request, ask.at)}
    possible = in_time.union(*on_legs.values())
    return Permissions(who, tuple(c for c in ALLOWED if c in possible), on_legs)


def _may_on_leg(request: Request, leg: Leg, ask: Ask, who: frozenset[Relation]) -> tuple[Command, ...]:
    mine = _to_leg(who, leg, ask.caller)
    possible = [c for c in _POSSIBLE_ON_LEG[request.stage, leg.state] if not ALLOWED[c].isdisjoint(mine)]
    return tuple(c for c in possible if _is_leg_open(c, leg, ask))


def _is_leg_open(command: Command, leg: Leg, ask: Ask) -> bool:
    match command:
        case Command.ACCEPT:
            return still_offered(leg, ask.at)
        case Command.CLAIM:
            return is_unclaimed(leg, ask.caller)
        case Command.ACKNOWLEDGE_OUTSIDE:
            return is_open_outside(leg)
        case _:
            return True
