"""The life of a request, as `requests` tells it: one class per fact; a published version is frozen."""

from datetime import datetime
from typing import ClassVar

from shared.contracts.cells import STAGE, Aggregate, Cell, Keep
from shared.contracts.event import Fact
from shared.contracts.model import Model
from shared.contracts.places import PlaceId
from shared.contracts.stages import Channel, Kind, LegKind, Outcome, Stage, Visibility


class RequestFact(Fact):
    """Something that happened to a request; `stage` is where it stood afterwards."""

    AGGREGATE: ClassVar[Aggregate] = Aggregate.REQUEST
    CELLS: ClassVar[tuple[Cell, ...]] = (STAGE, Cell())
    request_id: str
    stage: Stage


class RequestFiled(RequestFact):
    """A person filed a request."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.filed.v1"
    BEGINS: ClassVar[bool] = True
    kind: Kind
    category: str
    channel: Channel
    visibility: Visibility
    urgent: bool
    requester_id: str
    filed_by_id: str
    place: PlaceId
    filed_at: datetime


class RequestTriaged(RequestFact):
    """A rule or the desk decided what the request is, how urgent, and by when it should be resolved."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.triaged.v1"
    kind: Kind
    category: str
    urgent: bool
    visibility: Visibility
    rule: str
    leg_ids: tuple[str, ...]
    resolve_due_at: datetime
    triaged_at: datetime


class RequestContacted(RequestFact):
    """Somebody got in touch first: a helper accepted, an outside system acknowledged, or the desk wrote."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.contacted.v1"
    CELLS: ClassVar[tuple[Cell, ...]] = (STAGE, Cell(keep=Keep.FIRST))
    contacted_at: datetime


class RequestHeld(RequestFact):
    """The request was put on hold; only for the requester's sake does the resolve clock pause."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.held.v1"
    for_requester: bool
    held_at: datetime


class RequestResumed(RequestFact):
    """The request goes on."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.resumed.v1"
    resumed_at: datetime


class RequestResolved(RequestFact):
    """Every leg is served; the requester is asked whether it is solved."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.resolved.v1"
    resolved_at: datetime
    confirm_due_at: datetime


class ServedLeg(Model):
    """A served leg of a closed request, for points: only helper legs carry a helper."""

    leg_id: str
    kind: LegKind
    helper_id: str | None


class RequestClosed(RequestFact):
    """The request ended: confirmed by the requester, or unconfirmed in time. `closing` counts closings."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.closed.v1"
    outcome: Outcome
    closing: int
    category: str
    kind: Kind
    visibility: Visibility
    requester_id: str
    legs: tuple[ServedLeg, ...]
    closed_at: datetime


class RequestRated(RequestFact):
    """The requester rated the service; `revision` counts the ratings of this request, the highest counts."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.rated.v1"
    solved: bool
    stars: int | None
    revision: int
    rated_at: datetime


class RequestReopened(RequestFact):
    """It was not solved after all. `closing` is the closing that this undoes, 0 when it had not closed yet."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.reopened.v1"
    closing: int
    reopened_at: datetime


class RequestCancelled(RequestFact):
    """The requester (or the desk for them) withdrew the request."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.cancelled.v1"
    by_requester: bool
    cancelled_at: datetime


class RequestRejected(RequestFact):
    """The desk refused the request, with a reason and an alternative kept in `requests`."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.rejected.v1"
    rejected_at: datetime
