"""Who sits and who waits: never more seats than the capacity, and whoever waits first is seated first."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """Where a person stands in an activity."""

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
class Seats:
    """Everybody who signed up: `taken` in the order of sitting down, `waiting` in the order of coming."""

    capacity: int
    taken: tuple[Seat, ...] = ()
    waiting: tuple[Wait, ...] = ()


def standing(seats: Seats, person_id: str) -> Standing:
    """Tell whether the person has a seat, waits, was there, or none of these."""
    for seat in seats.taken:
        if seat.person_id == person_id:
            return Standing.SEAT if seat.attended_at is None else Standing.ATTENDED
    return Standing.NONE if position(seats, person_id) is None else Standing.WAITING


def position(seats: Seats, person_id: str) -> int | None:
    """Return the person's place on the waiting list, 1 for the first, or None."""
    people = [wait.person_id for wait in seats.waiting]
    return people.index(person_id) + 1 if person_id in people else None


def anybody_attended(seats: Seats) -> bool:
    """Tell whether at least one person proved to be there."""
    return any(seat.attended_at is not None for seat in seats.taken)


def add(seats: Seats, person_id: str, at: datetime) -> Seats:
    """Give a newcomer a free seat, or else the last place of the waiting list."""
    if len(seats.taken) < seats.capacity:
        return replace(seats, taken=(*seats.taken, Seat(person_id, at, promoted=False)))
    return replace(seats, waiting=(*seats.waiting, Wait(person_id, at)))


def remove(seats: Seats, person_id: str, at: datetime) -> tuple[Seats, str | None]:
    """Let a person go, and return who was promoted to the seat that this freed, if anybody."""
    taken = tuple(seat for seat in seats.taken if seat.person_id != person_id)
    waiting = tuple(wait for wait in seats.waiting if wait.person_id != person_id)
    if len(taken) == seats.capacity or not waiting:
        return replace(seats, taken=taken, waiting=waiting), None
    first = waiting[0].person_id
    return replace(seats, taken=(*taken, Seat(first, at, promoted=True)), waiting=waiting[1:]), first


def mark_attended(seats: Seats, person_id: str, at: datetime) -> Seats:
    """Note that the person in this seat was there."""
    taken = tuple(replace(seat, attended_at=at) if seat.person_id == person_id else seat for seat in seats.taken)
    return replace(seats, taken=taken)
