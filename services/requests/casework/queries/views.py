"""The shapes of the answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict

from services.requests.casework.domain.number import number_of
from services.requests.casework.domain.request import Entry, Leg, Need, Rating, Withdrawal
from services.requests.casework.queries.requests import Seen
from shared.contracts.stages import Channel, Kind, LegKind, LegState, Outcome, Stage, Visibility


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class LegView(_View):
    """One leg; `may` lists the commands that the caller may give about it now.

    `nudged_at` is when the helper who has it was asked about it; `quiet` tells that they gave no answer. `withdrawal`
    tells of a dropped leg what its outside system knows of that, `withdrawn_at` when it was told.
    """

    id: str
    kind: LegKind
    state: LegState
    round: int
    skill: str | None
    helper_id: str | None
    offer_expires_at: datetime | None
    unmatched: bool
    stale: bool
    system: str | None
    remote_id: str | None
    remote_status: str | None
    note: str | None
    moved_at: datetime | None
    nudged_at: datetime | None
    quiet: bool
    withdrawal: Withdrawal | None
    withdrawn_at: datetime | None
    may: tuple[str, ...]


class RatingView(_View):
    """The rating; it may be changed until `editable_until`."""

    solved: bool
    stars: int | None
    comment: str | None
    answers: dict[str, str]
    revision: int
    rated_at: datetime
    editable_until: datetime


class EntryView(_View):
    """One line of the timeline; `actor` is a person's id, or `requests` (this service), `clock`, `system:<id>`."""

    at: datetime
    code: str
    actor: str
    params: dict[str, str]


class RequestView(_View):
    """A request. `may` lists the commands that the caller may give now; a masked requester is None.

    `number` is what people call it by.
    """

    has_etag: ClassVar[bool] = True

    id: str
    number: str
    version: int
    stage: Stage
    kind: Kind
    category: str
    title: str
    text: str
    place: str
    channel: Channel
    visibility: Visibility
    urgent: bool
    requester_id: str | None
    filed_by_id: str | None
    filed_at: datetime
    first_contact_at: datetime | None
    resolve_due_at: datetime | None
    overdue: bool
    resolved_at: datetime | None
    confirm_due_at: datetime | None
    held_at: datetime | None
    closed_at: datetime | None
    closing: int
    outcome: Outcome | None
    legs: tuple[LegView, ...]
    rating: RatingView | None
    timeline: tuple[EntryView, ...]
    may: tuple[str, ...]
    needs: tuple[Need, ...]


class RequestSummary(_View):
    """What a helper's list shows of the request that a leg belongs to."""

    id: str
    number: str
    version: int
    stage: Stage
    kind: Kind
    category: str
    title: str
    text: str
    place: str
    urgent: bool
    requester_id: str | None
    filed_at: datetime
    resolve_due_at: datetime | None


class MyLegView(LegView):
    """A leg of the caller, with a summary of its request."""

    request: RequestSummary


class QueueView(_View):
    """One page of the queue; `counts` come with the first page.

    They count the unended requests that the caller may see: `total`, `overdue`, each stage and each need that occurs.
    """

    items: tuple[RequestView, ...]
    next_cursor: str | None
    counts: Mapping[str, int] | None


_LEG_FIELDS: Final = tuple(name for name in LegView.model_fields if name != "may")


def request_view(seen: Seen) -> RequestView:
    """Return the answer that shows this request."""
    request = seen.document.state
    hidden = request.requester_id if seen.masked else None
    return RequestView(
        id=request.id,
        number=number_of(request.id, request.filed_at),
        version=seen.document.version,
        stage=request.stage,
        kind=request.kind,
        category=request.category,
        title=request.title,
        text=request.text,
        place=request.place,
        channel=request.channel,
        visibility=request.visibility,
        urgent=request.urgent,
        requester_id=_unmasked(request.requester_id, hidden),
        filed_by_id=_unmasked(request.filed_by_id, hidden),
        filed_at=request.filed_at,
        first_contact_at=request.first_contact_at,
        resolve_due_at=request.resolve_due_at,
        overdue=request.overdue,
        resolved_at=request.resolved_at,
        confirm_due_at=request.confirm_due_at,
        held_at=request.held_at,
        closed_at=request.closed_at,
        closing=request.closing,
        outcome=request.outcome,
        legs=tuple(LegView(**_leg(leg, seen)) for leg in request.legs),
        rating=None if request.rating is None else _rating(request.rating),
        timeline=tuple(_entry(entry, hidden) for entry in request.timeline),
        may=seen.may,
        needs=request.needs,
    )


def my_leg_view(seen: Seen, leg: Leg) -> MyLegView:
    """Return the answer that shows this leg with its request."""
    request = seen.document.state
    summary = RequestSummary(
        id=request.id,
        number=number_of(request.id, request.filed_at),
        version=seen.document.version,
        stage=request.stage,
        kind=request.kind,
        category=request.category,
        title=request.title,
        text=request.text,
        place=request.place,
        urgent=request.urgent,
        requester_id=request.requester_id,
        filed_at=request.filed_at,
        resolve_due_at=request.resolve_due_at,
    )
    return MyLegView(**_leg(leg, seen), request=summary)


def _leg(leg: Leg, seen: Seen) -> dict[str, Any]:
    return {"may": seen.leg_may.get(leg.id, ()), **{name: getattr(leg, name) for name in _LEG_FIELDS}}


def _rating(rating: Rating) -> RatingView:
    return RatingView(**{name: getattr(rating, name) for name in RatingView.model_fields})


def _entry(entry: Entry, hidden: str | None) -> EntryView:
    actor = _unmasked(entry.actor, hidden) or "requester"
    return EntryView(at=entry.at, code=entry.code, actor=actor, params=entry.params)


def _unmasked(person_id: str, hidden: str | None) -> str | None:
    return None if person_id == hidden else person_id
