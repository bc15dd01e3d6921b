"""What follows for a request when one of its people leaves, or comes back."""

from services.requests.allowed.domain import may_serve
from services.requests.casework.domain import SERVICE, Ask, Leg, Request
from services.requests.learnt.domain import Resident
from services.requests.legs.domain import vacate
from services.requests.rules.domain import HELD
from services.requests.story.domain import Decision, Story
from shared.contracts.stages import ENDED, LegState, Released

OPEN = HELD | {LegState.OFFERED}
"""States of a leg of which somebody is asked something."""


def release_legs(request: Request, ask: Ask, person: Resident) -> Decision:
    """Take from a person every open leg that they can no longer serve; no change when there is none."""
    story = Story(request, ask)
    for leg in request.legs:
        if leg.state in OPEN and leg.helper_id == person.id:
            why = _why_not(request, leg, person)
            if why is not None:
                vacate(story, leg, why)
    return (request, ()) if story.request == request else story.end()


def note_requester(request: Request, ask: Ask, person: Resident) -> Decision:
    """Note that whoever asked has left, or is back; no change when that is known or the request has ended."""
    if request.stage in ENDED or request.requester_left == person.departed:
        return request, ()
    story = Story(request, ask)
    story.put(requester_left=person.departed)
    story.note("request.requester_left" if person.departed else "request.requester_back", actor=SERVICE)
    return story.end()


def _why_not(request: Request, leg: Leg, person: Resident) -> Released | None:
    if person.departed:
        return Released.DEPARTED
    if person.roles is None or may_serve(request, leg, person.roles):
        return None
    return Released.NO_HELPER
