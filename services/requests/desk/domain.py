"""Hold, resume and contact."""

from msgspec.structs import replace

from services.requests.allowed.domain import check
from services.requests.casework.domain import Ask, Command, Request
from services.requests.rules.domain import HELD
from services.requests.story.domain import Decision, Story, stage_of
from shared.contracts.requests.request import RequestHeld, RequestResumed
from shared.contracts.stages import Stage


def hold(request: Request, ask: Ask, reason: str, *, for_requester: bool) -> Decision:
    """Put the request on hold; only for the requester's sake does the resolve clock pause."""
    check(request, ask.caller, Command.HOLD)
    story = Story(request, ask)
    story.move(Stage.ON_HOLD)
    story.put(held_at=ask.at, held_for_requester=for_requester)
    story.note("request.held", reason=reason)
    story.tell(RequestHeld, for_requester=for_requester, held_at=ask.at)
    return story.end()


def resume(request: Request, ask: Ask) -> Decision:
    """Go on where the legs are now; a pause for the requester's sake is added to the due time, helpers begin anew."""
    check(request, ask.caller, Command.RESUME)
    story = Story(request, ask)
    if request.held_for_requester and request.held_at is not None and request.resolve_due_at is not None:
        story.put(resolve_due_at=request.resolve_due_at + (ask.at - request.held_at))
    legs = tuple(replace(leg, moved_at=ask.at, nudged_at=None) if leg.state in HELD else leg for leg in request.legs)
    story.put(held_at=None, held_for_requester=False, legs=legs)
    story.move(stage_of(request.legs))
    story.note("request.resumed")
    story.tell(RequestResumed, resumed_at=ask.at)
    story.resolve_if_served()
    return story.end()


def contact(request: Request, ask: Ask, note: str) -> Decision:
    """Write down that the desk got in touch; the first time is told."""
    check(request, ask.caller, Command.CONTACT)
    story = Story(request, ask)
    story.note("request.contact_noted", note=note)
    story.contact()
    return story.end()
