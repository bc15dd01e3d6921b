"""What `requests` tells: the life of a request and of its legs. One class per fact; a published version is frozen."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.event import Fact
from shared.contracts.places import PlaceId
from shared.contracts.stages import ENDED, Channel, Kind, LegKind, LegState, Outcome, Released, Stage, Visibility

__all__ = ["ENDED", "FACTS", "Channel", "Kind", "LegKind", "LegState", "Outcome", "Released", "Stage", "Visibility"]


class RequestFact(Fact):
    """Something that happened to a request; `stage` is where it stood afterwards."""

    request_id: str
    stage: Stage


class RequestFiled(RequestFact):
    """A person filed a request."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.filed.v1"
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


class LegFact(RequestFact):
    """Something that happened to one leg of a request; `state` is where the leg stood afterwards."""

    leg_id: str
    state: LegState


class LegOpened(LegFact):
    """A leg waits for a helper. `round` counts the offers of this leg, `excluded_ids` may not be proposed."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.opened.v1"
    round: int
    kind: Kind
    category: str
    skill: str | None
    place: PlaceId
    urgent: bool
    requester_id: str
    excluded_ids: tuple[str, ...]


class LegQueued(LegFact):
    """A leg waits to be sent to an outside system."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.queued.v1"
    system: str
    category: str
    place: PlaceId
    urgent: bool


class LegOffered(LegFact):
    """A leg was offered to a helper, who may accept until `expires_at`."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.offered.v1"
    round: int
    helper_id: str
    expires_at: datetime


class LegAccepted(LegFact):
    """The helper took the leg."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.accepted.v1"
    helper_id: str
    accepted_at: datetime


class LegDeclined(LegFact):
    """The helper said no; the leg is free again (`state` tells whether another is sought)."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.declined.v1"
    round: int
    helper_id: str


class LegExpired(LegFact):
    """The helper did not answer in time; the leg is free again."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.expired.v1"
    round: int
    helper_id: str


class LegUnmatched(LegFact):
    """Nobody suitable was found, or the last round was used up: a coordinator must assign a helper."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.unmatched.v1"
    round: int


class LegStarted(LegFact):
    """The helper began to serve."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.started.v1"
    helper_id: str
    started_at: datetime


class LegDone(LegFact):
    """The helper says that the service is done."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.done.v1"
    helper_id: str
    done_at: datetime


class LegReleased(LegFact):
    """A helper no longer has the leg, which is free again: handed back, taken back, never begun, or they left."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.released.v1"
    round: int
    helper_id: str
    why: Released


class LegNudged(LegFact):
    """The helper who has the leg was asked about it, because nothing happened for too long."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.nudged.v1"
    helper_id: str
    nudged_at: datetime


class LegDropped(LegFact):
    """The leg was given up because its request ended, was reopened, or the desk took it away.

    `system` names the outside system that may still have it open, and is to be told; it is told again when the number
    of that system becomes known only afterwards.
    """

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.dropped.v1"
    helper_id: str | None
    system: str | None = None


class LegAcked(LegFact):
    """The outside system took the leg under its own number."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.acked.v1"
    system: str
    remote_id: str
    acked_at: datetime


class LegSendFailed(LegFact):
    """The outside system refused the leg for good; the desk must act."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.send_failed.v1"
    system: str
    status: int


class LegRemoteClosed(LegFact):
    """The outside system says that its work is done (which resolves the request, and confirms nothing)."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.remote_closed.v1"
    system: str
    remote_id: str
    closed_at: datetime


class LegRemoteStale(LegFact):
    """The outside system has been silent too long."""

    SUBJECT: ClassVar[str] = "yizhan.requests.leg.remote_stale.v1"
    system: str


class RequestContacted(RequestFact):
    """Somebody got in touch first: a helper accepted, an outside system acknowledged, or the desk wrote."""

    SUBJECT: ClassVar[str] = "yizhan.requests.request.contacted.v1"
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


class ServedLeg(BaseModel):
    """A served leg of a closed request, for points: only helper legs carry a helper."""

    model_config = ConfigDict(frozen=True)

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


FACTS: tuple[type[Fact], ...] = (
    RequestFiled,
    RequestTriaged,
    LegOpened,
    LegQueued,
    LegOffered,
    LegAccepted,
    LegDeclined,
    LegExpired,
    LegUnmatched,
    LegStarted,
    LegDone,
    LegReleased,
    LegNudged,
    LegDropped,
    LegAcked,
    LegSendFailed,
    LegRemoteClosed,
    LegRemoteStale,
    RequestContacted,
    RequestHeld,
    RequestResumed,
    RequestResolved,
    RequestClosed,
    RequestRated,
    RequestReopened,
    RequestCancelled,
    RequestRejected,
)
