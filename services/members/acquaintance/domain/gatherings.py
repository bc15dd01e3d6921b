"""One activity, as far as it tells who has to do with whom. Facts may come in any order and more than once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.members.acquaintance.domain.cases import sees
from shared.contracts.activities import (
    ActivityCancelled,
    ActivityCompleted,
    ActivityFact,
    ActivityPlanned,
    ActivityPublished,
    AttendanceVerified,
    SeatAwaited,
    SeatReleased,
    SeatTaken,
)


@dataclass(frozen=True, slots=True)
class Seat:
    """Whether somebody is signed up, as of the version of the activity."""

    version: int
    here: bool


@dataclass(frozen=True, slots=True)
class Gathering:
    """An activity: who organises it, where and for which unit, and who is signed up.

    `published` tells that everybody was told of it, `over` that it ended or was called off.
    """

    organiser_id: str | None = None
    place: str | None = None
    unit_id: str | None = None
    published: bool = False
    over: bool = False
    seats: Mapping[str, Seat] = field(default_factory=dict[str, Seat])


def learn(gathering: Gathering, fact: ActivityFact, version: int) -> Gathering:
    """Return what is known of the gathering with this fact."""
    match fact:
        case ActivityPlanned():
            return replace(gathering, organiser_id=fact.organiser_id, place=fact.place, unit_id=fact.unit_id)
        case ActivityPublished():
            return replace(gathering, published=True)
        case SeatTaken() | SeatAwaited() | AttendanceVerified():
            return _seated(gathering, fact.person_id, Seat(version, here=True))
        case SeatReleased():
            return _seated(gathering, fact.person_id, Seat(version, here=False))
        case ActivityCompleted() | ActivityCancelled():
            return replace(gathering, over=True)
        case _:
            return gathering


def _seated(gathering: Gathering, person_id: str, seat: Seat) -> Gathering:
    known = gathering.seats.get(person_id)
    if known is not None and known.version >= seat.version:
        return gathering
    return replace(gathering, seats={**gathering.seats, person_id: seat})


def keys_of_gathering(gathering: Gathering) -> list[str]:
    """Return what the gathering is found by: its host, who sits in it, and who may see whose name for it."""
    organiser = gathering.organiser_id
    here = sorted(person for person, seat in gathering.seats.items() if seat.here)
    waits = [] if gathering.over else [seat_of(person) for person in here]
    if organiser is None:
        return waits
    hosts = [host(organiser)] if gathering.published else []
    pairs = [key for person in here for key in (sees(organiser, person), sees(person, organiser))]
    return [*hosts, *pairs, *waits]


def host(organiser: str) -> str:
    """Return the key of somebody who invited everybody to something."""
    return f"host>{organiser}"


def seat_of(person_id: str) -> str:
    """Return the key of somebody who is signed up for something that is not over."""
    return f"seat>{person_id}"
