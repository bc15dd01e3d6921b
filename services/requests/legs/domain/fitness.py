"""Whether somebody can still serve the legs that they have, and what becomes of those that they cannot."""

from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.lifecycle import HELD
from services.requests.casework.domain.permissions import may_serve
from services.requests.casework.domain.request import Ask, Leg, Request
from services.requests.directory.domain import Resident
from services.requests.legs.domain.offers import vacate
from shared.contracts.stages import LegState, Released

OPEN = HELD | {LegState.OFFERED}
"""States of a leg of which somebody is asked something."""


def release_legs(request: Request, ask: Ask, person: Resident) -> Decision:
    """Take from a person every open leg that they can no longer serve; no change when there is none."""
    change = Change(request, ask)
    for leg in request.legs:
        if leg.state in OPEN and leg.helper_id == person.id:
            why = _why_not(request, leg, person)
            if why is not None:
                vacate(change, leg, why)
    return (request, ()) if change.request == request else change.end()


def _why_not(request: Request, leg: Leg, person: Resident) -> Released | None:
    if person.departed:
        return Released.DEPARTED
    if person.roles is None or may_serve(request, leg, person.roles):
        return None
    return Released.NO_HELPER
