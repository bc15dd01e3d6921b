"""Which clocks of a request are due, and what each brings about."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from services.requests.casework.domain import Ask, Leg, Request, Why
from services.requests.closing.domain import close_unconfirmed
from services.requests.legs.domain import ask_coordinator, expire, nudge
from services.requests.logistics.domain import go_stale
from services.requests.nudges.domain import match_clock, nudge_clock
from services.requests.story.domain import Decision, Story, confirm_clock, resolve_clock, silence_clock
from shared.refusal import Refusal


def ring(request: Request, ask: Ask) -> Decision:
    """Let every clock that is due have its effect; refuse when none is (any more)."""
    if request.due_at is None or ask.at < request.due_at:
        raise Refusal(Why.NOT_DUE)
    story = Story(request, ask)
    _ring_legs(story)
    _ring_resolve(story)
    due = confirm_clock(story.request)
    if due is not None and ask.at >= due:
        close_unconfirmed(story)
    return story.end()


def _ring_legs(story: Story) -> None:
    for leg in story.request.legs:
        for clock, act in _LEG_CLOCKS:
            due = clock(story.request, leg)
            if due is not None and story.at >= due:
                act(story, leg)
                break


def _offer_clock(_: Request, leg: Leg) -> datetime | None:
    return leg.offer_expires_at


_LEG_CLOCKS: Final[Sequence[tuple[Callable[[Request, Leg], datetime | None], Callable[[Story, Leg], None]]]] = (
    (_offer_clock, expire),
    (silence_clock, go_stale),
    (match_clock, ask_coordinator),
    (nudge_clock, nudge),
)
"""The clocks of a leg, of which one at most runs, and what each brings about."""


def _ring_resolve(story: Story) -> None:
    due = resolve_clock(story.request)
    if due is not None and story.at >= due:
        story.put(overdue=True)
        story.note("request.overdue")
