"""What a helper's leg needs beside the request: who the helper is, before and after they get it."""

from services.requests.casework.domain.change import Decision
from services.requests.casework.domain.permissions import may_be_chosen, relations
from services.requests.casework.domain.request import SERVICE, Ask, Command, Request, Why
from services.requests.casework.handlers.casework import Casework, decide_because
from services.requests.directory.domain import Resident
from services.requests.legs.domain.fitness import release_legs
from services.requests.legs.domain.offers import Proposal, assign, claim, offer, pass_over
from shared.auth.actor import Actor
from shared.contracts.members import Role
from shared.contracts.places import room_of
from shared.refusal import Refusal, found
from shared.store.document import Because, Document, Terms


async def offer_leg(casework: Casework, request_id: str, proposal: Proposal, because: Because) -> None:
    """Offer a leg to the helper whom matching proposed, or ask for a coordinator.

    Somebody who has left, or is no helper any more, is passed over.
    """
    decide = offer
    if proposal.helper_id is not None:
        known = (await casework.directory.known([proposal.helper_id])).get(proposal.helper_id)
        decide = pass_over if known is not None and not is_helper(known) else offer
    await decide_because(casework, request_id, lambda request, ask: decide(request, ask, proposal), because)
    if proposal.helper_id is not None:
        await let_go_if_unfit(casework, request_id, proposal.helper_id, f"after:{because.cause}")


async def assign_leg(
    casework: Casework, actor: Actor, request_id: str, leg_id: str, helper_id: str, terms: Terms
) -> Document[Request]:
    """Let the desk choose the helper: a helper or one of the desk, never the requester's own room-mate."""
    helper = await _check_helper(casework, actor, request_id, helper_id)

    def decide(request: Request, ask: Ask, leg_id: str, helper_id: str) -> Decision:
        if helper.roles is not None and not may_be_chosen(request, helper.roles):
            raise Refusal(Why.NOT_A_HELPER)
        return assign(request, ask, leg_id, helper_id)

    await casework.give(actor, request_id, terms, Command.ASSIGN, decide, leg_id=leg_id, helper_id=helper_id)
    return await _after_giving(casework, request_id, helper_id)


async def claim_leg(casework: Casework, actor: Actor, request_id: str, leg_id: str, terms: Terms) -> Document[Request]:
    """Take a leg of a request on the wall; never of one's own room-mate."""
    await _check_helper(casework, actor, request_id, actor.id)
    await casework.give(actor, request_id, terms, Command.CLAIM, claim, leg_id=leg_id)
    return await _after_giving(casework, request_id, actor.id)


async def _after_giving(casework: Casework, request_id: str, helper_id: str) -> Document[Request]:
    await let_go_if_unfit(casework, request_id, helper_id, f"after:{helper_id}")
    return found(await casework.documents.load(request_id))


async def _check_helper(casework: Casework, actor: Actor, request_id: str, helper_id: str) -> Resident:
    """Refuse an unknown helper and a room-mate; whoever is nothing to the request learns neither."""
    document = found(await casework.documents.load(request_id))
    if not relations(document.state, casework.caller(actor)):
        raise Refusal(Why.NOT_YOURS)
    helper = await casework.directory.resident(helper_id)
    if helper is None:
        raise Refusal(Why.UNKNOWN_HELPER)
    requester = await casework.directory.resident(document.state.requester_id)
    homes = (helper.place, requester.place if requester else None)
    rooms = [room_of(home) for home in homes if home is not None]
    if len(rooms) == len(homes) and rooms[0] is not None and rooms[0] == rooms[1]:
        raise Refusal(Why.HELPER_EXCLUDED)
    return helper


async def let_go_if_unfit(casework: Casework, request_id: str, person_id: str, cause: str) -> None:
    """Take the legs of one request from a person who has left, or is no helper any more, when they got them.

    Whoever gives somebody a leg asks this afterwards: either this or `follow_people` sees both the leg and the leaving.
    """
    known = await casework.directory.known([person_id])
    if person_id in known and not is_helper(known[person_id]):
        await let_go(casework, request_id, known[person_id], cause)


def is_helper(person: Resident) -> bool:
    """Tell whether the person is here and a helper, as far as it is known."""
    return not person.departed and (person.roles is None or Role.HELPER in person.roles)


async def let_go(casework: Casework, request_id: str, person: Resident, cause: str) -> None:
    """Take from a person the legs of one request that they can no longer serve."""
    because = Because(SERVICE, cause, request_id, casework.clock.now())
    await decide_because(casework, request_id, lambda request, ask: release_legs(request, ask, person), because)
