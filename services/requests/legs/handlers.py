"""Commands about a helper's leg, and what matching says."""

from services.requests.allowed.domain import may_be_chosen, relations
from services.requests.casework.domain import Ask, Command, Request, Why
from services.requests.casework.handlers import Casework, decide_because, decide_for_person
from services.requests.learnt.domain import Resident
from services.requests.leavers.handlers import is_helper, let_go_if_unfit
from services.requests.legs.domain import (
    Proposal,
    accept,
    add_leg,
    assign,
    claim,
    complete,
    decline,
    offer,
    pass_over,
    release,
    report,
    start,
    withdraw,
)
from services.requests.repeats.domain import Said
from services.requests.story.domain import Decision
from shared.auth.actor import Actor
from shared.contracts.places import room_of
from shared.contracts.stages import LegKind
from shared.refusal import Refusal
from shared.store.document import Because, Document, Terms


async def offer_leg(casework: Casework, request_id: str, proposal: Proposal, because: Because) -> None:
    """Offer a leg to the helper whom matching proposed, or ask for a coordinator.

    Somebody who has left, or is no helper any more, is passed over.
    """
    decide = offer
    if proposal.helper_id is not None:
        known = (await casework.learnt.known([proposal.helper_id])).get(proposal.helper_id)
        decide = pass_over if known is not None and not is_helper(known) else offer
    await decide_because(casework, request_id, lambda request, ask: decide(request, ask, proposal), because)
    if proposal.helper_id is not None:
        await let_go_if_unfit(casework, request_id, proposal.helper_id, f"after:{because.cause}")


async def accept_leg(casework: Casework, actor: Actor, request_id: str, leg_id: str, terms: Terms) -> Document[Request]:
    """Take an offered leg."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: accept(request, ask, leg_id),
        terms,
        Said(Command.ACCEPT, leg_id),
    )


async def decline_leg(
    casework: Casework, actor: Actor, request_id: str, leg_id: str, reason: str | None, terms: Terms
) -> Document[Request]:
    """Say no to an offered leg."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: decline(request, ask, leg_id, reason),
        terms,
        Said(Command.DECLINE, leg_id, {"reason": reason}),
    )


async def start_leg(casework: Casework, actor: Actor, request_id: str, leg_id: str, terms: Terms) -> Document[Request]:
    """Begin to serve."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: start(request, ask, leg_id),
        terms,
        Said(Command.START, leg_id),
    )


async def complete_leg(
    casework: Casework, actor: Actor, request_id: str, leg_id: str, note: str | None, terms: Terms
) -> Document[Request]:
    """Say that the service is done."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: complete(request, ask, leg_id, note),
        terms,
        Said(Command.COMPLETE, leg_id, {"note": note}),
    )


async def open_leg(
    casework: Casework, actor: Actor, request_id: str, kind: LegKind, skill: str | None, terms: Terms
) -> Document[Request]:
    """Let the desk open one more leg."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: add_leg(request, ask, kind, skill, casework.system),
        terms,
        Said(Command.ADD_LEG),
    )


async def withdraw_leg(
    casework: Casework, actor: Actor, request_id: str, leg_id: str, reason: str, terms: Terms
) -> Document[Request]:
    """Let the desk give up a leg."""
    said = Said(Command.WITHDRAW, leg_id, {"reason": reason})
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: withdraw(request, ask, leg_id, reason), terms, said
    )


async def release_leg(
    casework: Casework, actor: Actor, request_id: str, leg_id: str, reason: str, terms: Terms
) -> Document[Request]:
    """Hand a taken leg back, or let the desk take it back."""
    said = Said(Command.RELEASE, leg_id, {"reason": reason})
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: release(request, ask, leg_id, reason), terms, said
    )


async def report_leg(
    casework: Casework, actor: Actor, request_id: str, leg_id: str, note: str, terms: Terms
) -> Document[Request]:
    """Say how it goes with a leg that one has taken."""
    said = Said(Command.REPORT, leg_id, {"note": note})
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: report(request, ask, leg_id, note), terms, said
    )


async def assign_leg(
    casework: Casework, actor: Actor, request_id: str, leg_id: str, helper_id: str, terms: Terms
) -> Document[Request]:
    """Let the desk choose the helper: a helper or one of the desk, never the requester's own room-mate."""
    helper = await _check_helper(casework, actor, request_id, helper_id)
    said = Said(Command.ASSIGN, leg_id, {"helper": helper_id})

    def decide(request: Request, ask: Ask) -> Decision:
        if helper.roles is not None and not may_be_chosen(request, helper.roles):
            raise Refusal(Why.NOT_A_HELPER)
        return assign(request, ask, leg_id, helper_id)

    await decide_for_person(casework, actor, request_id, decide, terms, said)
    return await _after_giving(casework, request_id, helper_id)


async def claim_leg(casework: Casework, actor: Actor, request_id: str, leg_id: str, terms: Terms) -> Document[Request]:
    """Take a leg of a request on the wall; never of one's own room-mate."""
    await _check_helper(casework, actor, request_id, actor.id)
    said = Said(Command.CLAIM, leg_id)
    await decide_for_person(casework, actor, request_id, lambda request, ask: claim(request, ask, leg_id), terms, said)
    return await _after_giving(casework, request_id, actor.id)


async def _after_giving(casework: Casework, request_id: str, helper_id: str) -> Document[Request]:
    await let_go_if_unfit(casework, request_id, helper_id, f"after:{helper_id}")
    document = await casework.documents.load(request_id)
    if document is None:
        raise Refusal(Why.NOT_FOUND)
    return document


async def _check_helper(casework: Casework, actor: Actor, request_id: str, helper_id: str) -> Resident:
    """Refuse an unknown helper and a room-mate; whoever is nothing to the request learns neither."""
    document = await casework.documents.load(request_id)
    if document is None:
        raise Refusal(Why.NOT_FOUND)
    if not relations(document.state, casework.caller(actor)):
        raise Refusal(Why.NOT_YOURS)
    helper = await casework.learnt.resident(helper_id)
    if helper is None:
        raise Refusal(Why.UNKNOWN_HELPER)
    requester = await casework.learnt.resident(document.state.requester_id)
    homes = (helper.place, requester.place if requester else None)
    rooms = [room_of(home) for home in homes if home is not None]
    if len(rooms) == len(homes) and rooms[0] is not None and rooms[0] == rooms[1]:
        raise Refusal(Why.HELPER_EXCLUDED)
    return helper
