"""When each clock of a request runs out: its own, and those of its legs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from services.requests.casework.domain.lifecycle import LISTENING, SPANS, WAITING, Span
from services.requests.casework.domain.request import Leg, Request
from services.requests.catalogue.domain import category_of, time_to_resolve
from shared.contracts.stages import ENDED, LegState, Stage

PATIENCE: Final[Mapping[LegState, tuple[Span, int]]] = {
    LegState.ACCEPTED: (Span.START, 4),
    LegState.STARTED: (Span.UPDATE, 2),
}
"""How long a leg may rest in each state: a span, but no longer than this part of the time to resolve the request."""


def patience(request: Request, state: LegState) -> timedelta:
    """Return how long a leg of the request may rest in this state before its helper is asked, and then again."""
    span, part = PATIENCE[state]
    return min(SPANS[span], time_to_resolve(category_of(request.category), urgent=request.urgent) / part)


def match_clock(request: Request, leg: Leg) -> datetime | None:
    """Return when a coordinator is asked because matching has not answered; None: nothing is awaited of it."""
    if leg.state is not LegState.OPEN or leg.unmatched or request.stage in ENDED:
        return None
    return (leg.moved_at or leg.opened_at) + SPANS[Span.MATCH]


def nudge_clock(request: Request, leg: Leg) -> datetime | None:
    """Return when the helper must be asked, or has not answered; None: nothing is awaited of them, or the desk knows.

    While the request is on hold nothing is awaited.
    """
    if leg.state not in PATIENCE or leg.quiet or request.stage in ENDED | {Stage.ON_HOLD}:
        return None
    return (leg.nudged_at or leg.moved_at or leg.opened_at) + patience(request, leg.state)


def silence_clock(request: Request, leg: Leg) -> datetime | None:
    """Return when an outside leg's silence must be reported, or None: it is not awaited, or that was done."""
    awaited = leg.state in WAITING or leg.state in {LegState.ACKED, LegState.REMOTE_OPEN}
    if request.stage in ENDED or leg.stale or not awaited:
        return None
    return (leg.heard_at or leg.opened_at) + SPANS[Span.SILENCE]


def resolve_clock(request: Request) -> datetime | None:
    """Return when the request becomes overdue, or None: served, ended, already overdue, or held for the requester."""
    paused = request.overdue or (request.stage is Stage.ON_HOLD and request.held_for_requester)
    return None if paused or request.stage in ENDED | {Stage.RESOLVED} else request.resolve_due_at


def confirm_clock(request: Request) -> datetime | None:
    """Return when a resolved request closes without an answer, or None: it does not wait for one."""
    return request.confirm_due_at if request.stage is Stage.RESOLVED else None


def is_polled(request: Request, leg: Leg) -> bool:
    """Tell whether the outside system should be asked about this leg when it is silent."""
    return request.stage not in ENDED and (leg.state in LISTENING or leg.state is LegState.TOKEN_WAIT)


def offer_clock(_: Request, leg: Leg) -> datetime | None:
    """Return when the offer of a leg that nobody answers runs out."""
    return leg.offer_expires_at


LEG_CLOCKS: Final = (offer_clock, silence_clock, match_clock, nudge_clock)
"""The clocks of a leg, of which one at most runs."""


def due_at(request: Request) -> datetime | None:
    """Return when the first clock that still runs is due."""
    of_legs = (clock(request, leg) for leg in request.legs for clock in LEG_CLOCKS)
    clocks = (*of_legs, resolve_clock(request), confirm_clock(request))
    return min((at for at in clocks if at is not None), default=None)


def poll_at(request: Request) -> datetime | None:
    """Return when the most silent outside leg was last heard or asked; None: there is none to ask about."""
    return min((_last_heard(leg) for leg in request.legs if is_polled(request, leg)), default=None)


def _last_heard(leg: Leg) -> datetime:
    return max(moment for moment in (leg.opened_at, leg.heard_at, leg.asked_at) if moment is not None)
