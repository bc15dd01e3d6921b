"""A place's calendar: what is booked there and not over yet. One guarded write decides who gets the place.

The calendar holds the place; whether a booking still counts is told by its activity. So cancelling an activity writes
nothing here: whoever wants the place next finds that the booking counts no more, and puts theirs in its stead.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.contracts.event import to_rfc3339
from shared.refusal import Refusal

UNDER_WAY: Final = timedelta(minutes=10)
"""A booking whose activity is not there counts this long: its planning is under way, or its process has died."""
_KEPT: Final = timedelta(days=1)
"""How long a booking stays after its end; more than any two clocks differ."""


class Why(StrEnum):
    """Why a booking is refused."""

    PLACE_TAKEN = "activity.place_taken"


@dataclass(frozen=True, slots=True)
class Booking:
    """A place is held for an activity; `held_at` is when it was last asked for."""

    activity_id: str
    starts_at: datetime
    ends_at: datetime
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is booked at one place."""

    bookings: tuple[Booking, ...] = ()


def rivals(calendar: Calendar, wanted: Booking) -> tuple[Booking, ...]:
    """Return the bookings of other activities that share a moment with this one; one may begin when another ends."""
    return tuple(
        booking
        for booking in calendar.bookings
        if booking.activity_id != wanted.activity_id
        and booking.starts_at < wanted.ends_at
        and wanted.starts_at < booking.ends_at
    )


def book(calendar: Calendar, wanted: Booking, void: Collection[Booking]) -> Calendar:
    """Book the place; refused while others have it. `void` are bookings that were seen to count no more."""
    kept = tuple(
        booking
        for booking in calendar.bookings
        if booking not in void
        and booking.activity_id != wanted.activity_id
        and booking.ends_at > wanted.held_at - _KEPT
    )
    after = replace(calendar, bookings=kept)
    for rival in rivals(after, wanted):
        raise Refusal.of_field(
            "place", Why.PLACE_TAKEN, starts_at=to_rfc3339(rival.starts_at), ends_at=to_rfc3339(rival.ends_at)
        )
    return replace(after, bookings=(*kept, wanted))
