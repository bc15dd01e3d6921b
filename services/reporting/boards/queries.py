"""How the community board is read off the sums: each subject's part, and buildings and floors, where they meet."""

from collections import Counter
from datetime import datetime

from services.reporting.activities import domain as activities
from services.reporting.boards.domain import Board, BuildingLine, FloorCell
from services.reporting.figures.domain.subjects import SUBJECTS
from services.reporting.requests.domain import board as requests
from services.reporting.requests.domain.record import RequestRecord
from services.reporting.requests.domain.subject import REQUESTS
from services.reporting.rooms.domain import OCCUPIED, PlaceRecord, Room
from services.reporting.subjects.domain.figure import share
from services.reporting.subjects.domain.ids import FigureId
from services.reporting.subjects.domain.scope import building_or_place
from services.reporting.subjects.domain.subject import value_now
from services.reporting.subjects.domain.sums import Sums, summed_value
from shared.contracts.members import PlaceType
from shared.contracts.places import building_of, floor_of


def board_of(sums: Sums, now: datetime, seq: int, generation: int, *, confidential: int | None = None) -> Board:
    """Read the whole board off the sums as it stands at `now`; `confidential` is what is told of what is sealed."""
    late = requests.late(sums, now)
    floors, buildings = _rooms_by(sums, floor=True), _rooms_by(sums, floor=False)
    return Board(
        as_of=now,
        seq=seq,
        events=sums.events,
        generation=generation,
        totals=requests.totals(sums, len(late), confidential),
        figures=tuple(value_now(subject, figure, sums) for subject in SUBJECTS for figure in subject.figures),
        by_stage=requests.stages(sums),
        by_kind=requests.groups(sums, "kind"),
        by_category=requests.groups(sums, "category"),
        by_building=_buildings(sums, buildings, late),
        floors=_floors(sums, floors, late),
        trend=requests.trend(sums, now),
        pulse=requests.pulse(sums, now),
        recent=requests.recent(sums),
        activities=activities.board_part(sums, now),
    )


def _rooms_by(sums: Sums, *, floor: bool) -> dict[str, list[Room]]:
    rooms: dict[str, list[Room]] = {}
    for room in sums.derived(OCCUPIED).values():
        holder = floor_of(room.id) if floor else building_of(room.id)
        rooms.setdefault(str(holder), []).append(room)
    return rooms


def _name(sums: Sums, place: str) -> str:
    known = sums.records(PlaceRecord).get(place)
    return known.name if known is not None else place.rpartition(".")[2]


def _buildings(sums: Sums, rooms: dict[str, list[Room]], late: list[RequestRecord]) -> tuple[BuildingLine, ...]:
    late_in = Counter(building_or_place(request.place) for request in late)
    of_request = {figure.id: figure for figure in REQUESTS.figures}
    filed = sums.group("building")
    known = {place.id for place in sums.records(PlaceRecord).values() if place.type is PlaceType.BUILDING}
    lines: list[BuildingLine] = []
    for key in sorted(known | filed.keys() | rooms.keys()):
        occupied = rooms.get(key, [])
        covered = sum(room.covered for room in occupied)
        lines.append(
            BuildingLine(
                key=key,
                name=_name(sums, key),
                filed=filed.get(key, 0),
                open=sums.count("building_open", key),
                overdue=late_in[key],
                resolved=sums.count("building_served", key),
                occupied_rooms=len(occupied),
                covered_rooms=covered,
                coverage=share(covered, len(occupied)),
                first_contact_median=summed_value(sums, of_request[FigureId.FIRST_CONTACT_MEDIAN], key).value,
                resolution_rate=summed_value(sums, of_request[FigureId.RESOLUTION_RATE], key).value,
                satisfaction=summed_value(sums, of_request[FigureId.SATISFACTION], key).value,
            )
        )
    return tuple(lines)


def _floors(sums: Sums, rooms: dict[str, list[Room]], late: list[RequestRecord]) -> tuple[FloorCell, ...]:
    late_on = Counter(floor_of(request.place) for request in late)
    opened = sums.group("floor_open")
    known = {place.id for place in sums.records(PlaceRecord).values() if place.type is PlaceType.FLOOR}
    cells: list[FloorCell] = []
    for key in sorted(known | opened.keys() | rooms.keys()):
        occupied = rooms.get(key, [])
        covered = sum(room.covered for room in occupied)
        cells.append(
            FloorCell(
                place=key,
                building=building_of(key) or key,
                floor=_name(sums, key),
                open=opened.get(key, 0),
                overdue=late_on[key],
                occupied_rooms=len(occupied),
                covered_rooms=covered,
                covered=bool(occupied) and covered == len(occupied),
            )
        )
    return tuple(cells)
