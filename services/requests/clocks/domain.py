"""Which clocks of a request are due, and what each brings about."""

from services.requests.casework.domain import Ask, Request, Why
from services.requests.closing.domain import close_unconfirmed
from services.requests.legs.domain import expire
from services.requests.logistics.domain import go_stale
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
        silent_since = silence_clock(story.request, leg)
        if leg.offer_expires_at is not None and story.at >= leg.offer_expires_at:
            expire(story, leg)
        elif silent_since is not None and story.at >= silent_since:
            go_stale(story, leg)


def _ring_resolve(story: Story) -> None:
    due = resolve_clock(story.request)
    if due is not None and story.at >= due:
        story.put(overdue=True)
        story.note("request.overdue")
