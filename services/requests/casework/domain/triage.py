"""Triage: what a request is, by when it should be served, and which legs serve it."""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.lifecycle import is_live
from services.requests.casework.domain.permissions import check
from services.requests.casework.domain.request import SERVICE, Ask, Command, Leg, Request
from services.requests.catalogue.domain import Category, Lane, category_of, lane_of, stricter, time_to_resolve
from shared.contracts.requests.leg import LegOpened, LegQueued, LegUnmatched
from shared.contracts.requests.request import RequestTriaged
from shared.contracts.stages import LegKind, LegState, Stage, Visibility
from shared.ids import derive_id

_BY_DESK: Final = "desk"
"""The rule of a triage that a person decides."""


def triage(request: Request, ask: Ask, category_id: str | None, system: str, *, urgent: bool | None) -> Decision:
    """Let the desk say what the request really is; another category gives up the legs and opens new ones."""
    check(request, ask.caller, Command.TRIAGE)
    category = category_of(category_id or request.category)
    change = Change(request, ask)
    legs = [leg for leg in request.legs if is_live(leg)]
    visibility = stricter(request.visibility, category.visibility)
    renewed = category.id != request.category or not legs or visibility is not request.visibility
    change.put(
        category=category.id,
        kind=category.kind,
        visibility=visibility,
        urgent=request.urgent if urgent is None else urgent,
    )
    if renewed:
        change.drop_legs(legs)
        decide_legs(change, category, _BY_DESK, since=request.filed_at, system=system)
    else:
        _tell_triaged(change, category, _BY_DESK, request.filed_at, tuple(leg.id for leg in legs))
    return change.end()


def decide_legs(change: Change, category: Category, rule: str, *, since: datetime, system: str) -> None:
    """Take the request to TRIAGED with its due time counted from `since`, and open the leg that its lane asks for."""
    change.move(Stage.TRIAGED)
    leg = _new_leg(
        change, LegKind.OUTSIDE if _lane(change, category) is Lane.OUTSIDE else LegKind.HELPER, category.skill
    )
    _tell_triaged(change, category, rule, since, (leg.id,))
    open_leg(change, leg, system)


def open_new_leg(change: Change, kind: LegKind, skill: str | None, system: str) -> None:
    """Open one more leg."""
    open_leg(change, _new_leg(change, kind, skill), system)


def open_leg(change: Change, leg: Leg, system: str) -> None:
    """Add the leg to the request, and tell who must do something about it: matching, the outside system or a reader."""
    request = change.request
    if leg.kind is LegKind.OUTSIDE:
        _add(change, queued := Leg(leg.id, leg.kind, LegState.QUEUED, change.at, system=system))
        change.tell_leg(LegQueued, queued)
    elif request.visibility is Visibility.SEALED:
        _add(change, unmatched := replace(leg, unmatched=True))
        change.tell_leg(LegUnmatched, unmatched)
    else:
        _add(change, leg)
        tell_opened(change, leg)


def tell_opened(change: Change, leg: Leg) -> None:
    """Tell that the leg waits for a helper."""
    change.tell_leg(LegOpened, leg, kind=change.request.kind)


def _lane(change: Change, category: Category) -> Lane:
    return lane_of(category, change.request.visibility)


def _new_leg(change: Change, kind: LegKind, skill: str | None) -> Leg:
    request = change.request
    leg_id = derive_id("leg", request.id, str(request.legs_made + 1))
    return Leg(leg_id, kind, LegState.OPEN, change.at, skill=skill, excluded_ids=(request.requester_id,))


def _add(change: Change, leg: Leg) -> None:
    change.add_leg(leg)
    change.follow_legs()


def _tell_triaged(change: Change, category: Category, rule: str, since: datetime, leg_ids: tuple[str, ...]) -> None:
    due = since + time_to_resolve(category, urgent=change.request.urgent)
    change.put(resolve_due_at=due, overdue=due <= change.at)
    change.note("request.triaged", actor=None if rule == _BY_DESK else SERVICE, category=category.id, rule=rule)
    change.tell(RequestTriaged, rule=rule, leg_ids=leg_ids, triaged_at=change.at)
