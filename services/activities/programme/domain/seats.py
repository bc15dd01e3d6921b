"""Who sits and who waits: never more seats than the capacity, and whoever waits first is seated first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.contracts.activities import SeatRelease


class SignUpStatus(StrEnum):
    """How a person is signed up for an activity."""

    NONE = "none"
    SEAT = "seat"
    WAITING = "waiting"
    ATTENDED = "attended"


@dataclass(frozen=True, slots=True)
class Seat:
    """One person's seat; `attended_at` is None until the person proved to be there."""

    person_id: str
    taken_at: datetime
    promoted: bool
    attended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """One person's place on the waiting list."""

    person_id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """One person who was signed up and is no more; `reason` are the organiser's words for it, if there are any."""

    person_id: str
    why: SeatRelease
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Seats:
    """Everybody who signed up: `taken` in the order of sitting down, `waiting` in the order of coming.

    `gone` holds the last going of each person who is not signed up any more.
    """

    capacity: int
    taken: tuple[Seat, ...] = ()
    waiting: tuple[Wait, ...] = ()
    gone: tuple[Gone, ...] = ()


def sign_up_status(seats: Seats, person_id: str) -> SignUpStatus:
    """Tell whether the person has a seat, waits, was there, or none of these."""
    for seat in seats.taken:
        if seat.person_id == person_id:
            return SignUpStatus.SEAT if seat.attended_at is None else SignUpStatus.ATTENDED
    return SignUpStatus.NONE if position(seats, person_id) is None else SignUpStatus.WAITING


def position(seats: Seats, person_id: str) -> int | None:
    """Return the person's place on the waiting list, 1 for the first, or None."""
    people = [wait.person_id for wait in seats.waiting]
    return people.index(person_id) + 1 if person_id in people else None


def anybody_attended(seats: Seats) -> bool:
    """Tell whether at least one person proved to be there."""
    return any(seat.attended_at is not None for seat in seats.taken)


def is_full(seats: Seats) -> bool:
    """Tell whether every seat is taken."""
    return len(seats.taken) >= seats.capacity


def how_gone(seats: Seats, person_id: str) -> Gone | None:
    """Return how the person came to be signed up no more, or None."""
    return next((gone for gone in seats.gone if gone.person_id == person_id), None)


def add(seats: Seats, person_id: str, at: datetime) -> Seats:
    """Give a newcomer a free seat, or else the last place of the waiting list."""
    back = replace(seats, gone=_without(seats.gone, {person_id}))
    if not is_full(seats):
        return replace(back, taken=(*seats.taken, Seat(person_id, at, promoted=False)))
    return replace(back, waiting=(*seats.waiting, Wait(person_id, at)))


def let_go(seats: Seats, going: Sequence[Gone], at: datetime) -> tuple[Seats, tuple[str, ...]]:
    """Let people go, and return who was promoted to the seats that this freed: whoever waits first."""
    people = {gone.person_id for gone in going}
    taken = tuple(seat for seat in seats.taken if seat.person_id not in people)
    waiting = tuple(wait for wait in seats.waiting if wait.person_id not in people)
    promoted = tuple(wait.person_id for wait in waiting[: seats.capacity - len(taken)])
    after = replace(
        seats,
        taken=(*taken, *(Seat(person, at, promoted=True) for person in promoted)),
        waiting=waiting[len(promoted) :],
        gone=(*_without(seats.gone, people), *going),
    )
    return after, promoted


def _without(gone: tuple[Gone, ...], people: set[str]) -> tuple[Gone, ...]:
    return tuple(one for one in gone if one.person_id not in people)


def mark_attended(seats: Seats, person_id: str, at: datetime) -> Seats:
    """Note that the person in this seat was there."""
    taken = tuple(replace(seat, attended_at=at) if seat.person_id == person_id else seat for seat in seats.taken)
    return replace(seats, taken=taken)
