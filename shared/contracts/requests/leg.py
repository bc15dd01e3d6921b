"""The life of one leg of a request, as `requests` tells it: one class per fact; a published version is frozen."""

from datetime import datetime
from typing import ClassVar

from shared.contracts.cells import STAGE, Cell
from shared.contracts.places import PlaceId
from shared.contracts.requests.request import RequestFact
from shared.contracts.stages import Kind, LegState, Released


class LegFact(RequestFact):
    """Something that happened to one leg of a request; `state` is where the leg stood afterwards."""

    CELLS: ClassVar[tuple[Cell, ...]] = (
        STAGE,
        Cell("leg:{leg_id}", ("leg_id", "state")),
        Cell("leg:{leg_id}:{fact}"),
    )
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
