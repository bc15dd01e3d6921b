"""Commands about legs over HTTP."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Response

from services.requests.casework.domain import Command
from services.requests.legs.handlers import (
    accept_leg,
    assign_leg,
    claim_leg,
    complete_leg,
    decline_leg,
    open_leg,
    release_leg,
    report_leg,
    start_leg,
    withdraw_leg,
)
from services.requests.logistics.handlers import acknowledge_outside
from services.requests.views.api import Work, answer
from services.requests.views.queries import RequestView
from shared.auth.dependency import Me
from shared.auth.permissions import CASES, HELPER, SIGNED_IN, roles
from shared.contracts.members import Role
from shared.contracts.stages import LegKind
from shared.http import Body, OnTerms, Router
from shared.words import Id, Note, Remark, Skill

_ACKNOWLEDGERS: Final = roles(*CASES.roles or (), Role.LOGISTICS)

router = Router(
    prefix="/api/requests/{request_id}/legs",
    tags=["legs"],
    about="The legs of a request: who serves it, from the offer to the end.",
)


@dataclass(frozen=True, slots=True)
class _LegPath:
    request_id: str
    leg_id: str


LegPath = Annotated[_LegPath, Depends()]
"""The leg that the path names."""


class LegBody(Body):
    """One more leg."""

    kind: LegKind
    skill: Skill | None = None


class AssignmentBody(Body):
    """The helper whom the desk chooses."""

    helper_id: Id


class DeclineBody(Body):
    """Why not, if the helper wants to say."""

    reason: Remark | None = None


class ReleaseBody(Body):
    """Why the leg is handed back, or taken back."""

    reason: Note


class WithdrawalBody(Body):
    """Why the leg is given up."""

    reason: Note


class AcknowledgementBody(Body):
    """What was settled with the outside system, and with whom."""

    note: Note


class ProgressBody(Body):
    """How it goes."""

    note: Note


class CompletionBody(Body):
    """What was done, if the helper wants to say."""

    note: Remark | None = None


@router.post("", allow=CASES, command=Command.ADD_LEG)
async def post_leg(
    request_id: str, body: LegBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Open one more leg."""
    document = await open_leg(work, me, request_id, body.kind, body.skill, terms)
    return answer(response, work, me, document)


@router.post("/{leg_id}/assignment", allow=CASES, command=Command.ASSIGN)
async def post_assignment(
    at: LegPath, body: AssignmentBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Offer the leg to a helper whom the desk chooses; whoever has it loses it."""
    document = await assign_leg(work, me, at.request_id, at.leg_id, body.helper_id, terms)
    return answer(response, work, me, document)


@router.post("/{leg_id}/withdrawal", allow=CASES, command=Command.WITHDRAW)
async def post_withdrawal(
    at: LegPath, body: WithdrawalBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Give up a leg that is not served; the request is resolved when all its other legs are."""
    return answer(response, work, me, await withdraw_leg(work, me, at.request_id, at.leg_id, body.reason, terms))


@router.post("/{leg_id}/outside-acknowledgement", allow=_ACKNOWLEDGERS, command=Command.ACKNOWLEDGE_OUTSIDE)
async def post_outside_acknowledgement(
    at: LegPath, body: AcknowledgementBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Write down what was settled by hand with an outside system that could not be told of a dropped leg."""
    document = await acknowledge_outside(work, me, at.request_id, at.leg_id, body.note, terms)
    return answer(response, work, me, document)


@router.post("/{leg_id}/claim", allow=HELPER, command=Command.CLAIM)
async def post_claim(at: LegPath, me: Me, terms: OnTerms, work: Work, response: Response) -> RequestView:
    """Take a leg of a request on the wall that nobody took yet."""
    return answer(response, work, me, await claim_leg(work, me, at.request_id, at.leg_id, terms))


@router.post("/{leg_id}/acceptance", allow=SIGNED_IN, command=Command.ACCEPT)
async def post_acceptance(at: LegPath, me: Me, terms: OnTerms, work: Work, response: Response) -> RequestView:
    """Take the leg."""
    return answer(response, work, me, await accept_leg(work, me, at.request_id, at.leg_id, terms))


@router.post("/{leg_id}/decline", allow=SIGNED_IN, command=Command.DECLINE)
async def post_decline(
    at: LegPath, body: DeclineBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Say no to an offered leg; a leg that was taken is handed back, which needs a reason."""
    return answer(response, work, me, await decline_leg(work, me, at.request_id, at.leg_id, body.reason, terms))


@router.post("/{leg_id}/release", allow=SIGNED_IN, command=Command.RELEASE)
async def post_release(
    at: LegPath, body: ReleaseBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Hand back a leg that one has taken, or take it back from its helper for the desk; it is offered anew."""
    return answer(response, work, me, await release_leg(work, me, at.request_id, at.leg_id, body.reason, terms))


@router.post("/{leg_id}/progress", allow=SIGNED_IN, command=Command.REPORT)
async def post_progress(
    at: LegPath, body: ProgressBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Say how it goes with a leg that one has taken; the desk sees it, and nobody is asked about it for a while."""
    return answer(response, work, me, await report_leg(work, me, at.request_id, at.leg_id, body.note, terms))


@router.post("/{leg_id}/start", allow=SIGNED_IN, command=Command.START)
async def post_start(at: LegPath, me: Me, terms: OnTerms, work: Work, response: Response) -> RequestView:
    """Begin to serve."""
    return answer(response, work, me, await start_leg(work, me, at.request_id, at.leg_id, terms))


@router.post("/{leg_id}/completion", allow=SIGNED_IN, command=Command.COMPLETE)
async def post_completion(
    at: LegPath, body: CompletionBody, me: Me, terms: OnTerms, work: Work, response: Response
) -> RequestView:
    """Say that the service is done."""
    return answer(response, work, me, await complete_leg(work, me, at.request_id, at.leg_id, body.note, terms))
