"""Solved or not, then stars; cancelled, rejected, closed without an answer, reopened."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from services.requests.allowed.domain import check, check_rating, check_reopening
from services.requests.casework.domain import Ask, Command, Rating, Request, Revision
from services.requests.categories.domain import category_of
from services.requests.filing.domain import decide_legs
from services.requests.rules.domain import SPANS, Span, check_stage, is_live
from services.requests.story.domain import Decision, Story
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
    story = Story(request, ask)
    _rate(story, answer)
    if not answer.solved:
        story.note("request.not_solved")
        _reopen(story, system)
        return story.end()
    for leg in [leg for leg in request.legs if is_live(leg)]:
        story.change_leg(leg.id, Command.VERIFY)
    _close(story, Stage.CLOSED_CONFIRMED, Outcome.CONFIRMED)
    return story.end()


def rate(request: Request, ask: Ask, stars: int, comment: str | None) -> Decision:
    """Give stars to a closed request, or change them within twelve hours of the first ones."""
    check(request, ask.caller, Command.RATE)
    check_rating(request, ask.at)
    story = Story(request, ask)
    answers = request.rating.answers if request.rating else {}
    _rate(story, Answer(solved=True, stars=stars, comment=comment, answers=answers))
    story.note("request.rated")
    return story.end()


def reopen(request: Request, ask: Ask, reason: str, system: str) -> Decision:
    """Take up again what was not solved after all, within fourteen days of the closing."""
    check(request, ask.caller, Command.REOPEN)
    check_reopening(request, ask.at)
    story = Story(request, ask)
    story.note("request.reopened", reason=reason)
    _reopen(story, system)
    return story.end()


def close_unconfirmed(story: Story) -> None:
    """Close a resolved request whose requester never answered; nobody is called satisfied by that."""
    check_stage(story.request, Command.CLOSE_UNCONFIRMED)
    _close(story, Stage.CLOSED_UNCONFIRMED, Outcome.UNCONFIRMED)


def cancel(request: Request, ask: Ask, reason: str | None) -> Decision:
    """Withdraw a request that is not yet served."""
    check(request, ask.caller, Command.CANCEL)
    story = Story(request, ask)
    _end(story, Stage.CANCELLED)
    story.note("request.cancelled", reason=reason)
    story.tell(RequestCancelled, by_requester=ask.caller.id == request.requester_id, cancelled_at=ask.at)
    return story.end()


def reject(request: Request, ask: Ask, reason: str, alternative: str) -> Decision:
    """Refuse a request, with a reason and another way for its requester."""
    check(request, ask.caller, Command.REJECT)
    story = Story(request, ask)
    _end(story, Stage.REJECTED)
    story.note("request.rejected", reason=reason, alternative=alternative)
    story.tell(RequestRejected, rejected_at=ask.at)
    return story.end()


def _end(story: Story, stage: Stage) -> None:
    live = [leg for leg in story.request.legs if is_live(leg)]
    story.move(stage)
    story.drop_legs(live)
    story.put(closed_at=story.at)


def _reopen(story: Story, system: str) -> None:
    request = story.request
    closing = request.closing if request.closed_at else 0
    story.move(Stage.TRIAGED)
    story.put(resolved_at=None, confirm_due_at=None, closed_at=None, outcome=None)
    story.tell(RequestReopened, closing=closing, reopened_at=story.at)
    story.drop_legs([leg for leg in request.legs if is_live(leg)])
    decide_legs(story, category_of(request.category), "reopened", since=story.at, system=system)


def _close(story: Story, stage: Stage, outcome: Outcome) -> None:
    story.move(stage)
    request = story.request
    served = tuple(
        ServedLeg(leg_id=leg.id, kind=leg.kind, helper_id=leg.helper_id)
        for leg in request.legs
        if leg.state in {LegState.DONE, LegState.VERIFIED, LegState.REMOTE_CLOSED}
    )
    story.put(outcome=outcome, closing=request.closing + 1, closed_at=story.at)
    story.note("request.closed", outcome=outcome.value)
    story.tell(
        RequestClosed,
        outcome=outcome,
        closing=request.closing + 1,
        category=request.category,
        kind=request.kind,
        visibility=request.visibility,
        requester_id=request.requester_id,
        legs=served,
        closed_at=story.at,
    )


def _rate(story: Story, answer: Answer) -> None:
    old = story.request.rating
    new = Rating(
        solved=answer.solved,
        stars=answer.stars,
        comment=answer.comment,
        answers=answer.answers,
        revision=1,
        rated_at=story.at,
        editable_until=story.at + SPANS[Span.RATING],
    )
    if old is not None:
        same_round = old.solved and old.stars is not None and story.request.closed_at is not None
        new = replace(
            new,
            revision=old.revision + 1,
            editable_until=old.editable_until if same_round else new.editable_until,
            earlier=(*old.earlier, Revision(old.solved, old.stars, old.comment, old.rated_at)),
        )
    story.put(rating=new)
    story.tell(RequestRated, solved=new.solved, stars=new.stars, revision=new.revision, rated_at=story.at)
