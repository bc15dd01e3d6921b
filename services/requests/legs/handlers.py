"""Commands about a helper's leg, and what matching says."""

from services.requests.casework.domain import Request, Why
from services.requests.casework.handlers import Casework, decide_because, decide_for_person
from services.requests.legs.domain import Proposal, accept, add_leg, assign, claim, complete, decline, offer, start
from shared.auth.actor import Actor
from shared.contracts.places import room_of
from shared.contracts.requests import LegKind
from shared.refusal import Refusal
from shared.store.document import Because, Document, Terms


async def offer_leg(casework: Casework, request_id: str, proposal: Proposal, because: Because) -> Document[Request]:
    """Offer a leg to the helper whom matching proposed, or ask for a coordinator."""
    return await decide_because(casework, request_id, lambda request, ask: offer(request, ask, proposal), because)


async def accept_leg(casework: Casework, actor: Actor, request_id: str, leg_id: str, terms: Terms) -> Document[Request]:
    """Take an offered leg."""
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: accept(request, ask, leg_id), terms
    )


async def decline_leg(
    casework: Casework, actor: Actor, request_id: str, leg_id: str, reason: str | None, terms: Terms
) -> Document[Request]:
    """Say no to an offered leg."""
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: decline(request, ask, leg_id, reason), terms
    )


async def start_leg(casework: Casework, actor: Actor, request_id: str, leg_id: str, terms: Terms) -> Document[Request]:
    """Begin to serve."""
    return await decide_for_person(casework, actor, request_id, lambda request, ask: start(request, ask, leg_id), terms)


async def complete_leg(
    casework: Casework, actor: Actor, request_id: str, leg_id: str, note: str | None, terms: Terms
) -> Document[Request]:
    """Say that the service is done."""
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: complete(request, ask, leg_id, note), terms
    )


async def open_leg(
    casework: Casework, actor: Actor, request_id: str, kind: LegKind, skill: str | None, terms: Terms
) -> Document[Request]:
    """Let the desk open one more leg."""
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: add_leg(request, ask, kind, skill, casework.system), terms
    )


async def assign_leg(
    casework: Casework, actor: Actor, request_id: str, leg_id: str, helper_id: str, terms: Terms
) -> Document[Request]:
    """Let the desk choose the helper: a known person, never the requester's own room-mate."""
    await _check_helper(casework, request_id, helper_id)
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: assign(request, ask, leg_id, helper_id), terms
    )


async def claim_leg(casework: Casework, actor: Actor, request_id: str, leg_id: str, terms: Terms) -> Document[Request]:
    """Take a leg of a request on the wall; never of one's own room-mate."""
    await _check_helper(casework, request_id, actor.id)
    return await decide_for_person(casework, actor, request_id, lambda request, ask: claim(request, ask, leg_id), terms)


async def _check_helper(casework: Casework, request_id: str, helper_id: str) -> None:
    document = await casework.documents.load(request_id)
    if document is None:
        raise Refusal(Why.NOT_FOUND)
    helper = await casework.learnt.resident(helper_id)
    if helper is None:
        raise Refusal(Why.UNKNOWN_HELPER)
    requester = await casework.learnt.resident(document.state.requester_id)
    homes = (helper.place, requester.place if requester else None)
    rooms = [room_of(home) for home in homes if home is not None]
    if len(rooms) == len(homes) and rooms[0] is not None and rooms[0] == rooms[1]:
        raise Refusal(Why.HELPER_EXCLUDED)
