"""Which clocks of a request are due, and what each brings about."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.closing import close_unconfirmed
from services.requests.casework.domain.deadlines import (
    LEG_CLOCKS,
    confirm_clock,
    match_clock,
    nudge_clock,
    offer_clock,
    resolve_clock,
    silence_clock,
)
from services.requests.casework.domain.request import Ask, Leg, Request, Why
from services.requests.legs.domain.offers import ask_coordinator, expire
from services.requests.legs.domain.service import nudge
from services.requests.logistics.domain.exchange import go_stale
from shared.refusal import Refusal


def ring(request: Request, ask: Ask) -> Decision:
    """Let every clock that is due have its effect; refuse when none is (any more)."""
    if request.due_at is None or ask.at < request.due_at:
        raise Refusal(Why.NOT_DUE)
    change = Change(request, ask)
    _ring_legs(change)
    _ring_resolve(change)
    due = confirm_clock(change.request)
    if due is not None and ask.at >= due:
        close_unconfirmed(change)
    return change.end()


def _ring_legs(change: Change) -> None:
    for leg in change.request.legs:
        for clock in LEG_CLOCKS:
            due = clock(change.request, leg)
            if due is not None and change.at >= due:
                _EFFECTS[clock](change, leg)
                break


_EFFECTS: Final[Mapping[Callable[[Request, Leg], datetime | None], Callable[[Change, Leg], None]]] = {
    offer_clock: expire,
    silence_clock: go_stale,
    match_clock: ask_coordinator,
    nudge_clock: nudge,
}
"""What each clock of a leg brings about."""


def _ring_resolve(change: Change) -> None:
    due = resolve_clock(change.request)
    if due is not None and change.at >= due:
        change.put(overdue=True)
        change.note("request.overdue")
