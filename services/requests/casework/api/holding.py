"""Hold, resume and contact over HTTP."""

from pydantic import StrictBool

from services.requests.casework.api.answers import OneRequest
from services.requests.casework.domain.holding import contact, hold, resume
from services.requests.casework.domain.request import Command
from services.requests.casework.queries.views import RequestView
from shared.auth.permissions import CASES
from shared.http import Body, Router
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
async def post_hold(call: OneRequest, body: HoldBody) -> RequestView:
    """Put the request on hold."""
    return await call.give(Command.HOLD, hold, reason=body.reason, for_requester=body.for_requester)


@router.post("/resumption", allow=CASES, command=Command.RESUME)
async def post_resumption(call: OneRequest) -> RequestView:
    """Go on with the request."""
    return await call.give(Command.RESUME, resume)


@router.post("/contact", allow=CASES, command=Command.CONTACT)
async def post_contact(call: OneRequest, body: ContactBody) -> RequestView:
    """Write down that the desk got in touch."""
    return await call.give(Command.CONTACT, contact, note=body.note)
