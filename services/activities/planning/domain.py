"""A plan: what, when, where and for how many; it must lie ahead, be short enough and fit its place."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.refusal import Refusal

LONGEST: Final = timedelta(days=31)
"""The longest that one activity may last."""
HORIZON: Final = timedelta(days=731)
"""How far ahead an activity may be planned."""


class Why(StrEnum):
    """Why a plan is refused."""

    IN_THE_PAST = "activity.in_the_past"
    ENDS_BEFORE_START = "activity.ends_before_start"
    TOO_FAR = "activity.too_far"
    TOO_LONG = "activity.too_long"
    UNKNOWN_PLACE = "activity.unknown_place"
    PLACE_TOO_SMALL = "activity.place_too_small"


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


@dataclass(frozen=True, slots=True)
class Venue:
    """What is known of the place: `seats` is None where nobody counted them."""

    seats: int | None


def check_plan(wanted: Plan, venue: Venue | None, at: datetime) -> None:
    """Refuse a plan upside down, too long, past, too far ahead, at an unknown place (`venue` None) or too big."""
    if wanted.ends_at <= wanted.starts_at:
        raise Refusal(Why.ENDS_BEFORE_START)
    if wanted.ends_at - wanted.starts_at > LONGEST:
        raise Refusal(Why.TOO_LONG, days=LONGEST.days)
    if wanted.starts_at <= at:
        raise Refusal(Why.IN_THE_PAST)
    if wanted.starts_at - at > HORIZON:
        raise Refusal(Why.TOO_FAR, days=HORIZON.days)
    if venue is None:
        raise Refusal(Why.UNKNOWN_PLACE, place=wanted.place)
    if venue.seats is not None and wanted.capacity > venue.seats:
        raise Refusal(Why.PLACE_TOO_SMALL, place=wanted.place, seats=venue.seats)
