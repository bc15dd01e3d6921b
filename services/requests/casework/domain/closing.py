"""Solved or not, then stars; cancelled, rejected, closed without an answer, reopened."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.lifecycle import SPANS, Span, check_stage, is_live
from services.requests.casework.domain.permissions import check, check_rating, check_reopening
from services.requests.casework.domain.request import Ask, Command, Rating, Request, Revision
from services.requests.casework.domain.triage import decide_legs
from services.requests.catalogue.domain import category_of
from shared.contracts.requests.request import (
    RequestCancelled,
    RequestClosed,
    RequestRated,
    RequestRejected,
    RequestReopened,
    ServedLeg,
)
from shared.contracts.stages import LegState, Outcome, Stage


@dataclass(frozen=True, slots=True)
class Answer:
    """What the requester answers: solved or not, then stars (1 to 5), words, and a questionnaire."""

    solved: bool
    stars: int | None = None
    comment: str | None = None
    answers: dict[str, str] = field(default_factory=dict[str, str])


def confirm(request: Request, ask: Ask, answer: Answer, system: str) -> Decision:
    """Close a resolved request that is solved; one that is not solved cannot close, it is reopened."""
    check(request, ask.caller, Command.CONFIRM)
    change = Change(request, ask)
    _rate(change, answer)
    if not answer.solved:
        change.note("request.not_solved")
        _reopen(change, system)
        return change.end()
    for leg in [leg for leg in request.legs if is_live(leg)]:
        change.move_leg(leg.id, Command.VERIFY)
    _close(change, Stage.CLOSED_CONFIRMED, Outcome.CONFIRMED)
    return change.end()


def rate(request: Request, ask: Ask, stars: int, comment: str | None) -> Decision:
    """Give stars to a closed request, or change them within twelve hours of the first ones."""
    check(request, ask.caller, Command.RATE)
    check_rating(request, ask.at)
    change = Change(request, ask)
    answers = request.rating.answers if request.rating else {}
    _rate(change, Answer(solved=True, stars=stars, comment=comment, answers=answers))
    change.note("request.rated")
    return change.end()


def reopen(request: Request, ask: Ask, reason: str, system: str) -> Decision:
    """Take up again what was not solved after all, within fourteen days of the closing."""
    check(request, ask.caller, Command.REOPEN)
    check_reopening(request, ask.at)
    change = Change(request, ask)
    change.note("request.reopened", reason=reason)
    _reopen(change, system)
    return change.end()


def close_unconfirmed(change: Change) -> None:
    """Close a resolved request whose requester never answered; nobody is called satisfied by that."""
    check_stage(change.request, Command.CLOSE_UNCONFIRMED)
    _close(change, Stage.CLOSED_UNCONFIRMED, Outcome.UNCONFIRMED)


def cancel(request: Request, ask: Ask, reason: str | None) -> Decision:
    """Withdraw a request that is not yet served."""
    check(request, ask.caller, Command.CANCEL)
    change = Change(request, ask)
    _end(change, Stage.CANCELLED)
    change.note("request.cancelled", reason=reason)
    change.tell(RequestCancelled, by_requester=ask.caller.id == request.requester_id, cancelled_at=ask.at)
    return change.end()


def reject(request: Request, ask: Ask, reason: str, alternative: str) -> Decision:
    """Refuse a request, with a reason and another way for its requester."""
    check(request, ask.caller, Command.REJECT)
    change = Change(request, ask)
    _end(change, Stage.REJECTED)
    change.note("request.rejected", reason=reason, alternative=alternative)
    change.tell(RequestRejected, rejected_at=ask.at)
    return change.end()


def _end(change: Change, stage: Stage) -> None:
    live = [leg for leg in change.request.legs if is_live(leg)]
    change.move(stage)
    change.drop_legs(live)
    change.put(closed_at=change.at)


def _reopen(change: Change, system: str) -> None:
    request = change.request
    closing = request.closing if request.closed_at else 0
    change.move(Stage.TRIAGED)
    change.put(resolved_at=None, confirm_due_at=None, closed_at=None, outcome=None)
    change.tell(RequestReopened, closing=closing, reopened_at=change.at)
    change.drop_legs([leg for leg in request.legs if is_live(leg)])
    decide_legs(change, category_of(request.category), "reopened", since=change.at, system=system)


def _close(change: Change, stage: Stage, outcome: Outcome) -> None:
    change.move(stage)
    request = change.request
    served = tuple(
        ServedLeg(leg_id=leg.id, kind=leg.kind, helper_id=leg.helper_id)
        for leg in request.legs
        if leg.state in {LegState.DONE, LegState.VERIFIED, LegState.REMOTE_CLOSED}
    )
    change.put(outcome=outcome, closing=request.closing + 1, closed_at=change.at)
    change.note("request.closed", outcome=outcome.value)
    change.tell(RequestClosed, legs=served)


def _rate(change: Change, answer: Answer) -> None:
    old = change.request.rating
    new = Rating(
        solved=answer.solved,
        stars=answer.stars,
        comment=answer.comment,
        answers=answer.answers,
        revision=1,
        rated_at=change.at,
        editable_until=change.at + SPANS[Span.RATING],
    )
    if old is not None:
        same_round = old.solved and old.stars is not None and change.request.closed_at is not None
        new = replace(
            new,
            revision=old.revision + 1,
            editable_until=old.editable_until if same_round else new.editable_until,
            earlier=(*old.earlier, Revision(old.solved, old.stars, old.comment, old.rated_at)),
        )
    change.put(rating=new)
    change.tell(RequestRated, solved=new.solved, stars=new.stars, revision=new.revision, rated_at=change.at)
