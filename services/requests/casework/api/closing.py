"""Closing, rating and reopening over HTTP."""

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from services.requests.casework.api.answers import OneRequest
from services.requests.casework.domain.closing import Answer, cancel, confirm, rate, reject, reopen
from services.requests.casework.domain.request import Command
from services.requests.casework.queries.views import RequestView
from shared.auth.permissions import CASES, SIGNED_IN
from shared.http import Body, Router, Whole
from shared.words import Note, Remark, Words

router = Router(
    prefix="/api/requests/{request_id}",
    tags=["closing"],
    about="How a request ends: solved, rated, reopened, withdrawn, refused.",
)

Stars = Annotated[StrictInt, Field(ge=1, le=5), Whole]
Question = Annotated[str, Words(40)]


class CancellationBody(Body):
    """Why, if the requester wants to say."""

    reason: Remark | None = None


class ConfirmationBody(Body):
    """Solved or not; then stars, words and the questionnaire."""

    solved: StrictBool
    stars: Stars | None = None
    comment: Remark | None = None
    answers: dict[Question, Remark] = Field(default_factory=dict[str, str], max_length=20)


class RatingBody(Body):
    """Stars and words."""

    stars: Stars
    comment: Remark | None = None


class ReopeningBody(Body):
    """What is still not solved."""

    reason: Note


class RejectionBody(Body):
    """Why not, and what the requester can do instead."""

    reason: Note
    alternative: Note


@router.post("/cancellation", allow=SIGNED_IN, command=Command.CANCEL)
async def post_cancellation(call: OneRequest, body: CancellationBody) -> RequestView:
    """Withdraw the request."""
    return await call.give(Command.CANCEL, cancel, reason=body.reason)


@router.post("/confirmation", allow=SIGNED_IN, command=Command.CONFIRM)
async def post_confirmation(call: OneRequest, body: ConfirmationBody) -> RequestView:
    """Say whether it is solved: yes closes the request, no reopens it."""
    given = Answer(body.solved, body.stars, body.comment, dict(body.answers))
    return await call.give(Command.CONFIRM, confirm, answer=given, system=call.work.system)


@router.post("/rating", allow=SIGNED_IN, command=Command.RATE)
async def post_rating(call: OneRequest, body: RatingBody) -> RequestView:
    """Give stars, or change them within twelve hours."""
    return await call.give(Command.RATE, rate, stars=body.stars, comment=body.comment)


@router.post("/reopening", allow=SIGNED_IN, command=Command.REOPEN)
async def post_reopening(call: OneRequest, body: ReopeningBody) -> RequestView:
    """Take up again what was not solved, within fourteen days of the closing."""
    return await call.give(Command.REOPEN, reopen, reason=body.reason, system=call.work.system)


@router.post("/rejection", allow=CASES, command=Command.REJECT)
async def post_rejection(call: OneRequest, body: RejectionBody) -> RequestView:
    """Refuse the request, with a reason and another way."""
    return await call.give(Command.REJECT, reject, reason=body.reason, alternative=body.alternative)
