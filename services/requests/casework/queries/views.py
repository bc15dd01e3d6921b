"""The shapes of the answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from services.requests.casework.domain.number import number_of
from services.requests.casework.domain.request import Entry, Leg, Need, Withdrawal
from services.requests.casework.queries.requests import VisibleRequest
from shared.contracts.model import Model
from shared.contracts.stages import Channel, Kind, LegKind, LegState, Outcome, Stage, Visibility


class LegView(Model):
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


class RatingView(Model):
    """The rating; it may be changed until `editable_until`."""

    solved: bool
    stars: int | None
    comment: str | None
    answers: dict[str, str]
    revision: int
    rated_at: datetime
    editable_until: datetime


class EntryView(Model):
    """One line of the timeline; `actor` is a person's id, or `requests` (this service), `clock`, `system:<id>`."""

    at: datetime
    code: str
    actor: str
    params: dict[str, str]


class RequestView(Model):
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


class RequestSummary(Model):
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


class QueueView(Model):
    """One page of the queue; `counts` come with the first page.

    They count the unended requests that the caller may see: `total`, `overdue`, each stage and each need that occurs.
    """

    items: tuple[RequestView, ...]
    next_cursor: str | None
    counts: Mapping[str, int] | None


def request_view(seen: VisibleRequest) -> RequestView:
    """Return the answer that shows this request."""
    request = seen.document.state
    hidden = request.requester_id if seen.masked else None
    return RequestView.of(
        request,
        seen.document,
        number=number_of(request.id, request.filed_at),
        requester_id=_unmasked(request.requester_id, hidden),
        filed_by_id=_unmasked(request.filed_by_id, hidden),
        legs=tuple(LegView.of(leg, may=seen.leg_may[leg.id]) for leg in request.legs),
        timeline=tuple(_entry(entry, hidden) for entry in request.timeline),
        may=seen.may,
    )


def my_leg_view(seen: VisibleRequest, leg: Leg) -> MyLegView:
    """Return the answer that shows this leg with its request."""
    request = seen.document.state
    summary = RequestSummary.of(request, seen.document, number=number_of(request.id, request.filed_at))
    return MyLegView.of(leg, may=seen.leg_may[leg.id], request=summary)


def _entry(entry: Entry, hidden: str | None) -> EntryView:
    return EntryView.of(entry, actor=_unmasked(entry.actor, hidden) or "requester")


def _unmasked(person_id: str, hidden: str | None) -> str | None:
    return None if person_id == hidden else person_id
