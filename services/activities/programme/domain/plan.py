"""A plan: what, when, where and for how many. What is promised must be possible: each rule names the field."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.activities.directory.domain import Venue
from shared.contracts.activities import MOST_POINTS
from shared.refusal import Refusal

LONGEST: Final = timedelta(days=31)
"""The longest that one activity may last."""
HORIZON: Final = timedelta(days=731)
"""How far ahead an activity may be planned."""
LATE: Final = timedelta(minutes=2)
"""How long ago a new plan may have begun: who types "now" needs a moment to send it."""
MOST_SEATS: Final = 2000
"""The most seats of one activity, wherever it is."""


class Why(StrEnum):
    """Why a plan is refused."""

    IN_THE_PAST = "activity.in_the_past"
    ENDS_BEFORE_START = "activity.ends_before_start"
    TOO_FAR = "activity.too_far"
    TOO_LONG = "activity.too_long"
    UNKNOWN_PLACE = "activity.unknown_place"
    PLACE_TOO_SMALL = "activity.place_too_small"
    UNKNOWN_UNIT = "activity.unknown_unit"
    TOO_MANY_POINTS = "activity.too_many_points"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the organiser decided; it never changes, so that a repeated planning can be compared with the first."""

    title: str
    category: str
    description: str
    starts_at: datetime
    ends_at: datetime
    place: str
    capacity: int
    points: int
    unit_id: str | None

    @property
    def promised_points(self) -> int:
        """Return what an attendance earns; plans of earlier releases may have named more than is given."""
        return min(self.points, MOST_POINTS)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of what a plan names; `venue` is None for an unknown place."""

    venue: Venue | None
    unit_known: bool = True


def check_plan(wanted: Plan, setting: Setting, at: datetime) -> None:
    """Refuse a plan upside down, too long, past or too far ahead, and one that its setting forbids."""
    if wanted.ends_at <= wanted.starts_at:
        raise Refusal.of_field("ends_at", Why.ENDS_BEFORE_START)
    if wanted.ends_at - wanted.starts_at > LONGEST:
        raise Refusal.of_field("ends_at", Why.TOO_LONG, days=LONGEST.days)
    if wanted.starts_at < at - LATE or wanted.ends_at <= at:
        raise Refusal.of_field("starts_at", Why.IN_THE_PAST)
    if wanted.starts_at - at > HORIZON:
        raise Refusal.of_field("starts_at", Why.TOO_FAR, days=HORIZON.days)
    check_setting(wanted, setting)


def check_setting(wanted: Plan, setting: Setting) -> None:
    """Refuse an unknown place or unit, more seats than the place has, and more points than are given."""
    venue = setting.venue
    if venue is None:
        raise Refusal.of_field("place", Why.UNKNOWN_PLACE, place=wanted.place)
    if venue.seats is not None and wanted.capacity > venue.seats:
        raise Refusal.of_field("capacity", Why.PLACE_TOO_SMALL, place=wanted.place, seats=venue.seats)
    if not setting.unit_known:
        raise Refusal.of_field("unit_id", Why.UNKNOWN_UNIT, unit=wanted.unit_id)
    if wanted.points > MOST_POINTS:
        raise Refusal.of_field("points", Why.TOO_MANY_POINTS, most=MOST_POINTS)
