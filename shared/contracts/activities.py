"""What `activities` tells: activities planned, published, signed up for, attended."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from shared.contracts.cells import STAGE, Aggregate, Cell
from shared.contracts.event import Fact
from shared.contracts.places import PlaceId

MOST_POINTS: Final = 20
"""The most points that one attendance earns. `activities` promises no more, and `members` gives no more."""


class ActivityStage(StrEnum):
    """Where an activity stands."""

    PLANNED = "planned"
    PUBLISHED = "published"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class SeatRelease(StrEnum):
    """Why somebody has a seat, or a place on the waiting list, no more."""

    GIVEN_UP = "given_up"
    REMOVED = "removed"
    DEPARTED = "departed"


def _seat(state: str) -> tuple[Cell, ...]:
    """Return the cells of a fact after which a person has a seat, waits for one, or has none."""
    return (STAGE, Cell("seat:{person_id}", adds={"seat": state}))


class ActivityFact(Fact):
    """Something that happened to an activity; `stage` is where it stood afterwards."""

    AGGREGATE: ClassVar[Aggregate] = Aggregate.ACTIVITY
    CELLS: ClassVar[tuple[Cell, ...]] = (STAGE, Cell())
    activity_id: str
    stage: ActivityStage


class ActivityPlanned(ActivityFact):
    """Somebody planned an activity."""

    SUBJECT: ClassVar[str] = "yizhan.activities.activity.planned.v1"
    BEGINS: ClassVar[bool] = True
    category: str
    organiser_id: str
    unit_id: str | None
    place: PlaceId
    capacity: int
    points: int
    starts_at: datetime
    ends_at: datetime


class ActivityPublished(ActivityFact):
    """The activity is open for sign-up."""

    SUBJECT: ClassVar[str] = "yizhan.activities.activity.published.v1"
    published_at: datetime


class SeatTaken(ActivityFact):
    """A person has a seat, at once or (`promoted`) from the waiting list."""

    SUBJECT: ClassVar[str] = "yizhan.activities.seat.taken.v1"
    CELLS: ClassVar[tuple[Cell, ...]] = _seat("seat")
    person_id: str
    promoted: bool


class SeatAwaited(ActivityFact):
    """A person is on the waiting list."""

    SUBJECT: ClassVar[str] = "yizhan.activities.seat.awaited.v1"
    CELLS: ClassVar[tuple[Cell, ...]] = _seat("waiting")
    person_id: str


class SeatReleased(ActivityFact):
    """A person gave up a seat or a place on the waiting list, was taken out by the organiser, or left the community."""

    SUBJECT: ClassVar[str] = "yizhan.activities.seat.released.v1"
    CELLS: ClassVar[tuple[Cell, ...]] = _seat("none")
    person_id: str
    why: SeatRelease = SeatRelease.GIVEN_UP


class AttendanceVerified(ActivityFact):
    """A person was there: the organiser's rotating code, entered by the person, proves both sides."""

    SUBJECT: ClassVar[str] = "yizhan.activities.attendance.verified.v1"
    CELLS: ClassVar[tuple[Cell, ...]] = (STAGE, Cell("attended:{person_id}"))
    person_id: str
    points: int
    attended_at: datetime


class ActivityCompleted(ActivityFact):
    """The activity is over."""

    SUBJECT: ClassVar[str] = "yizhan.activities.activity.completed.v1"
    completed_at: datetime


class ActivityCancelled(ActivityFact):
    """The activity will not take place."""

    SUBJECT: ClassVar[str] = "yizhan.activities.activity.cancelled.v1"
    cancelled_at: datetime
