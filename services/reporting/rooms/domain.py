"""Rooms as figures count them: those that people live in, and whether somebody answers for them; names of places."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.reporting.people.domain import PersonRecord
from services.reporting.rows.domain import Row
from services.reporting.subjects.domain.figure import Figure, Summary, Unit
from services.reporting.subjects.domain.ids import FigureId
from services.reporting.subjects.domain.subject import Source, Subject, Subjects
from services.reporting.subjects.domain.sums import Derived, Sums
from shared.contracts.cells import Aggregate
from shared.contracts.members import PlaceType
from shared.contracts.places import ancestors, room_of


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A campus, building, floor, room or venue with its name."""

    id: str
    type: PlaceType
    name: str


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """A duty area: who answers for which places, while `active`."""

    id: str
    owner_id: str
    places: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class Room:
    """An occupied room, and whether an active duty area with a reachable member holds it. Its id is the place."""

    id: str
    covered: bool


def place_of(row: Row) -> PlaceRecord | None:
    """Return the place that the row tells of."""
    told = row.values("place")
    return PlaceRecord(told["place_id"], PlaceType(told["type"]), told["name"]) if told else None


def area_of(row: Row) -> AreaRecord | None:
    """Return the duty area that the row tells of, or None while nothing but its release is known."""
    told = row.values("assigned")
    if not told:
        return None
    active = row.version("released") < row.version("assigned")
    return AreaRecord(told["area_id"], told["owner_id"], tuple(told["places"]), active)


def _rooms(sums: Sums) -> Mapping[str, Room]:
    known = {key: person for key, person in sums.records(PersonRecord).items() if person.present}
    occupied = {room for person in known.values() if person.place and (room := room_of(person.place))}
    answered: set[str] = set()
    for area in sums.records(AreaRecord).values():
        owner = known.get(area.owner_id)
        if area.active and owner is not None and owner.reachable:
            answered.update(area.places)
    return {room: Room(room, any(place in answered for place in ancestors(room))) for room in sorted(occupied)}


OCCUPIED: Final = Derived(_rooms, (PersonRecord, AreaRecord))
"""Every room that a present person lives in, ascending.

It is covered when an active duty area holds it (or holds its floor or building) whose owner is present and reachable.
"""

FIGURES: Final[tuple[Figure[Room], ...]] = (
    Figure(
        FigureId.COVERAGE,
        "责任区覆盖率",
        "Coverage",
        "位于有效责任区内且责任人可联系的有人房间 ÷ 有人房间",
        "occupied rooms inside an active duty area with a reachable member ÷ occupied rooms",
        Unit.SHARE,
        Summary.SHARE,
        over=lambda _: True,
        counted=lambda room: room.covered,
    ),
)

ROOMS: Final = Subject(
    Subjects.ROOM,
    records=lambda sums: sums.derived(OCCUPIED),
    sources=(Source(Aggregate.PLACE, PlaceRecord, place_of), Source(Aggregate.DUTY_AREA, AreaRecord, area_of)),
    figures=FIGURES,
    place=lambda room: room.id,
    place_shown=lambda room: room.id,
)
