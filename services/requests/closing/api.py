"""Closing, rating and reopening over HTTP."""

from typing import Annotated

from fastapi import Response
from pydantic import Field, StrictBool, StrictInt

from services.requests.casework.domain import Command
from services.requests.closing.domain import Answer
from services.requests.closing.handlers import (
    cancel_request,
    confirm_request,
    rate_request,
    reject_request,
    reopen_request,
)
from services.requests.views.api import Work, answer
from services.requests.views.queries import RequestView
from shared.auth.dependency import Me
from shared.auth.permissions import CASES, SIGNED_IN
from shared.http import Body, OnTerms, Router, Whole
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
async def post_cancellation(
    request_id: str, body: CancellationBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Withdraw the request."""
    return answer(response, work, me, await cancel_request(work, me, request_id, body.reason, terms))


@router.post("/confirmation", allow=SIGNED_IN, command=Command.CONFIRM)
async def post_confirmation(
    request_id: str, body: ConfirmationBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Say whether it is solved: yes closes the request, no reopens it."""
    given = Answer(body.solved, body.stars, body.comment, dict(body.answers))
    return answer(response, work, me, await confirm_request(work, me, request_id, given, terms))


@router.post("/rating", allow=SIGNED_IN, command=Command.RATE)
async def post_rating(
    request_id: str, body: RatingBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Give stars, or change them within twelve hours."""
    document = await rate_request(work, me, request_id, body.stars, body.comment, terms)
    return answer(response, work, me, document)


@router.post("/reopening", allow=SIGNED_IN, command=Command.REOPEN)
async def post_reopening(
    request_id: str, body: ReopeningBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Take up again what was not solved, within fourteen days of the closing."""
    return answer(response, work, me, await reopen_request(work, me, request_id, body.reason, terms))


@router.post("/rejection", allow=CASES, command=Command.REJECT)
async def post_rejection(
    request_id: str, body: RejectionBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Refuse the request, with a reason and another way."""
    document = await reject_request(work, me, request_id, body.reason, body.alternative, terms)
    return answer(response, work, me, document)
