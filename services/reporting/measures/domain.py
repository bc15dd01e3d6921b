"""Measures: the subjects that figures count, and the arithmetic over them. Pure."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.reporting.records.domain import SERVED_LEG, AreaRecord, PersonRecord, RequestRecord
from shared.contracts.places import ancestors, building_of, room_of
from shared.contracts.stages import Stage


class Subject(Protocol):
    """Something that a figure can count; `place` says to which building it belongs."""

    @property
    def id(self) -> str:
        """The id that proves it."""
        ...

    @property
    def place(self) -> str | None:
        """Where it belongs, None when nowhere in particular."""
        ...


@dataclass(frozen=True, slots=True)
class Room:
    """An occupied room, and whether an active duty area with a reachable member holds it. Its id is the place."""

    id: str
    covered: bool

    @property
    def place(self) -> str:
        """The room itself."""
        return self.id


@dataclass(frozen=True, slots=True)
class Resident:
    """A present person, and whether that person attended an activity or served a leg of a request that was resolved."""

    id: str
    place: str | None
    took_part: bool


def first_contact_s(request: RequestRecord) -> float | None:
    """Seconds from filing to first contact."""
    return None if request.contacted_at is None else max(0.0, (request.contacted_at - request.filed_at).total_seconds())


def resolution_s(request: RequestRecord) -> float | None:
    """Seconds from filing to the resolution that still stands."""
    return None if request.resolved_at is None else max(0.0, (request.resolved_at - request.filed_at).total_seconds())


def stars_of(request: RequestRecord) -> float | None:
    """The stars given; a request without an answer has none, and is never counted as satisfied."""
    return None if request.stars is None else float(request.stars)


def counts_as_asked(request: RequestRecord) -> bool:
    """Tell whether a request asked for something that the community had to do: not withdrawn, not merged."""
    return not request.cancelled_by_requester and request.stage is not Stage.MERGED


def share(part: float, whole: float) -> float | None:
    """Return part ÷ whole, or None when the whole is nothing."""
    return part / whole if whole else None


def median(ordered: Sequence[float]) -> float | None:
    """Return the middle value of ascending values (the mean of the middle two), None for none."""
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def p90(ordered: Sequence[float]) -> float | None:
    """Return the least of ascending values that at least 90 % do not exceed (nearest rank), None for none."""
    return ordered[math.ceil(0.9 * len(ordered)) - 1] if ordered else None


def rooms(people: Iterable[PersonRecord], areas: Iterable[AreaRecord]) -> tuple[Room, ...]:
    """Return every occupied room, ascending, and whether it is covered.

    A room is occupied when a present person lives in it. It is covered when an active duty area holds it (or holds its
    floor or building) whose owner is present and reachable.
    """
    known: Mapping[str, PersonRecord] = {person.id: person for person in people if person.present}
    occupied = {room for person in known.values() if person.place and (room := room_of(person.place))}
    answered: set[str] = set()
    for area in areas:
        owner = known.get(area.owner_id)
        if area.active and owner is not None and owner.reachable:
            answered.update(area.places)
    return tuple(Room(room, any(place in answered for place in ancestors(room))) for room in sorted(occupied))


def residents(people: Iterable[PersonRecord], took_part: Callable[[str], bool]) -> tuple[Resident, ...]:
    """Return every present person and whether they took part in the community's life."""
    return tuple(Resident(person.id, person.place, took_part(person.id)) for person in people if person.present)


def servers_of(request: RequestRecord) -> frozenset[str]:
    """Return the people who served the request: the helpers of its done legs, once it is resolved."""
    if not request.served:
        return frozenset()
    return frozenset(leg.helper_id for leg in request.legs if leg.helper_id and leg.state in SERVED_LEG)


def inside(subject: Subject, building: str) -> bool:
    """Tell whether the subject belongs to the building; what belongs to none stands under its own place."""
    return subject.place is not None and (building_of(subject.place) or subject.place) == building
