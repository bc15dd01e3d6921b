"""Commands about legs over HTTP."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import Depends

from services.requests.casework.api.answers import Call, OneRequest
from services.requests.casework.domain.request import Command
from services.requests.casework.queries.views import RequestView
from services.requests.legs.domain.offers import accept, decline, release
from services.requests.legs.domain.service import add_leg, complete, report, start, withdraw
from services.requests.legs.handlers import assign_leg, claim_leg
from shared.auth.permissions import CASES, HELPER, SIGNED_IN
from shared.contracts.stages import LegKind
from shared.http import Body, Router
from shared.words import Id, Note, Remark, Skill

router = Router(
    prefix="/api/requests/{request_id}/legs",
    tags=["legs"],
    about="The legs of a request: who serves it, from the offer to the end.",
)


@dataclass(frozen=True, slots=True)
class LegCall(Call):
    """A command about one leg of a request."""

    leg_id: str


OneLeg: TypeAlias = Annotated[LegCall, Depends()]


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


class ProgressBody(Body):
    """How it goes."""

    note: Note


class CompletionBody(Body):
    """What was done, if the helper wants to say."""

    note: Remark | None = None


@router.post("", allow=CASES, command=Command.ADD_LEG)
async def post_leg(call: OneRequest, body: LegBody) -> RequestView:
    """Open one more leg."""
    return await call.give(Command.ADD_LEG, add_leg, kind=body.kind, skill=body.skill, system=call.work.system)


@router.post("/{leg_id}/assignment", allow=CASES, command=Command.ASSIGN)
async def post_assignment(call: OneLeg, body: AssignmentBody) -> RequestView:
    """Offer the leg to a helper whom the desk chooses; whoever has it loses it."""
    return call.answer(await assign_leg(call.work, call.me, call.request_id, call.leg_id, body.helper_id, call.terms))


@router.post("/{leg_id}/withdrawal", allow=CASES, command=Command.WITHDRAW)
async def post_withdrawal(call: OneLeg, body: WithdrawalBody) -> RequestView:
    """Give up a leg that is not served; the request is resolved when all its other legs are."""
    return await call.give(Command.WITHDRAW, withdraw, leg_id=call.leg_id, reason=body.reason)


@router.post("/{leg_id}/claim", allow=HELPER, command=Command.CLAIM)
async def post_claim(call: OneLeg) -> RequestView:
    """Take a leg of a request on the wall that nobody took yet."""
    return call.answer(await claim_leg(call.work, call.me, call.request_id, call.leg_id, call.terms))


@router.post("/{leg_id}/acceptance", allow=SIGNED_IN, command=Command.ACCEPT)
async def post_acceptance(call: OneLeg) -> RequestView:
    """Take the leg."""
    return await call.give(Command.ACCEPT, accept, leg_id=call.leg_id)


@router.post("/{leg_id}/decline", allow=SIGNED_IN, command=Command.DECLINE)
async def post_decline(call: OneLeg, body: DeclineBody) -> RequestView:
    """Say no to an offered leg; a leg that was taken is handed back, which needs a reason."""
    return await call.give(Command.DECLINE, decline, leg_id=call.leg_id, reason=body.reason)


@router.post("/{leg_id}/release", allow=SIGNED_IN, command=Command.RELEASE)
async def post_release(call: OneLeg, body: ReleaseBody) -> RequestView:
    """Hand back a leg that one has taken, or take it back from its helper for the desk; it is offered anew."""
    return await call.give(Command.RELEASE, release, leg_id=call.leg_id, reason=body.reason)


@router.post("/{leg_id}/progress", allow=SIGNED_IN, command=Command.REPORT)
async def post_progress(call: OneLeg, body: ProgressBody) -> RequestView:
    """Say how it goes with a leg that one has taken; the desk sees it, and nobody is asked about it for a while."""
    return await call.give(Command.REPORT, report, leg_id=call.leg_id, note=body.note)


@router.post("/{leg_id}/start", allow=SIGNED_IN, command=Command.START)
async def post_start(call: OneLeg) -> RequestView:
    """Begin to serve."""
    return await call.give(Command.START, start, leg_id=call.leg_id)


@router.post("/{leg_id}/completion", allow=SIGNED_IN, command=Command.COMPLETE)
async def post_completion(call: OneLeg, body: CompletionBody) -> RequestView:
    """Say that the service is done."""
    return await call.give(Command.COMPLETE, complete, leg_id=call.leg_id, note=body.note)
