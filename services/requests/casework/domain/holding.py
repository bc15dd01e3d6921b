"""Hold, resume and contact."""

from msgspec.structs import replace

from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.lifecycle import HELD, stage_of
from services.requests.casework.domain.permissions import check
from services.requests.casework.domain.request import Ask, Command, Request
from shared.contracts.requests.request import RequestHeld, RequestResumed
from shared.contracts.stages import Stage


def hold(request: Request, ask: Ask, reason: str, *, for_requester: bool) -> Decision:
    """Put the request on hold; only for the requester's sake does the resolve clock pause."""
    check(request, ask.caller, Command.HOLD)
    change = Change(request, ask)
    change.move(Stage.ON_HOLD)
    change.put(held_at=ask.at, held_for_requester=for_requester)
    change.note("request.held", reason=reason)
    change.tell(RequestHeld, for_requester=for_requester)
    return change.end()


def resume(request: Request, ask: Ask) -> Decision:
    """Go on where the legs are now; a pause for the requester's sake is added to the due time, helpers begin anew."""
    check(request, ask.caller, Command.RESUME)
    change = Change(request, ask)
    if request.held_for_requester and request.held_at is not None and request.resolve_due_at is not None:
        change.put(resolve_due_at=request.resolve_due_at + (ask.at - request.held_at))
    legs = tuple(replace(leg, moved_at=ask.at, nudged_at=None) if leg.state in HELD else leg for leg in request.legs)
    change.put(held_at=None, held_for_requester=False, legs=legs)
    change.move(stage_of(request.legs))
    change.note("request.resumed")
    change.tell(RequestResumed, resumed_at=ask.at)
    change.resolve_if_served()
    return change.end()


def contact(request: Request, ask: Ask, note: str) -> Decision:
    """Write down that the desk got in touch; the first time is told."""
    check(request, ask.caller, Command.CONTACT)
    change = Change(request, ask)
    change.note("request.contact_noted", note=note)
    change.contact()
    return change.end()
