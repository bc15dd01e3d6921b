"""How long a leg may rest: until matching answers, and with the helper who took it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from services.requests.casework.domain import Leg, Request
from services.requests.categories.domain import category_of, time_to_resolve
from services.requests.rules.domain import SPANS, Span
from shared.contracts.stages import ENDED, LegState, Stage

PATIENCE: Final[Mapping[LegState, tuple[Span, int]]] = MappingProxyType(
    {LegState.ACCEPTED: (Span.START, 4), LegState.STARTED: (Span.UPDATE, 2)}
)
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
