"""What follows for a request when one of its people leaves, or comes back."""

from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.request import SERVICE, Ask, Request
from services.requests.directory.domain import Resident
from shared.contracts.stages import ENDED


def note_requester(request: Request, ask: Ask, person: Resident) -> Decision:
    """Note that whoever asked has left, or is back; no change when that is known or the request has ended."""
    if request.stage in ENDED or request.requester_left == person.departed:
        return request, ()
    change = Change(request, ask)
    change.put(requester_left=person.departed)
    change.note("request.requester_left" if person.departed else "request.requester_back", actor=SERVICE)
    return change.end()
