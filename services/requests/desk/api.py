"""Hold, resume and contact over HTTP."""

from fastapi import Response
from pydantic import StrictBool

from services.requests.casework.domain import Command
from services.requests.desk.handlers import contact_requester, hold_request, resume_request
from services.requests.views.api import Work, answer
from services.requests.views.queries import RequestView
from shared.auth.dependency import Me
from shared.auth.permissions import CASES
from shared.http import Body, OnTerms, Router
from shared.words import Note

router = Router(
    prefix="/api/requests/{request_id}",
    tags=["desk"],
    about="What the desk does with a request besides its legs, and what outside systems told that nobody could take.",
)


class HoldBody(Body):
    """Why, and whether for the requester's sake (which alone pauses the resolve clock)."""

    reason: Note
    for_requester: StrictBool


class ContactBody(Body):
    """What was said."""

    note: Note


@router.post("/hold", allow=CASES, command=Command.HOLD)
async def post_hold(
    request_id: str, body: HoldBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Put the request on hold."""
    document = await hold_request(work, me, request_id, body.reason, terms, for_requester=body.for_requester)
    return answer(response, work, me, document)


@router.post("/resumption", allow=CASES, command=Command.RESUME)
async def post_resumption(request_id: str, me: Me, terms: OnTerms, work: Work, response: Response) -> RequestView:
    """Go on with the request."""
    return answer(response, work, me, await resume_request(work, me, request_id, terms))


@router.post("/contact", allow=CASES, command=Command.CONTACT)
async def post_contact(
    request_id: str, body: ContactBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Write down that the desk got in touch."""
    return answer(response, work, me, await contact_requester(work, me, request_id, body.note, terms))
