"""Commands of the desk besides triage and legs."""

from services.requests.casework.domain import Command, Request
from services.requests.casework.handlers import Casework, decide_for_person
from services.requests.desk.domain import contact, hold, resume
from services.requests.repeats.domain import Said
from shared.auth.actor import Actor
from shared.store.document import Document, Terms


async def hold_request(
    casework: Casework, actor: Actor, request_id: str, reason: str, terms: Terms, *, for_requester: bool
) -> Document[Request]:
    """Put a request on hold."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: hold(request, ask, reason, for_requester=for_requester),
        terms,
        Said(Command.HOLD, None, {"reason": reason, "for_requester": for_requester}),
    )


async def resume_request(casework: Casework, actor: Actor, request_id: str, terms: Terms) -> Document[Request]:
    """Go on with a request."""
    said = Said(Command.RESUME)
    return await decide_for_person(casework, actor, request_id, resume, terms, said)


async def contact_requester(
    casework: Casework, actor: Actor, request_id: str, note: str, terms: Terms
) -> Document[Request]:
    """Write down that the desk got in touch."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: contact(request, ask, note),
        terms,
        Said(Command.CONTACT, None, {"note": note}),
    )
