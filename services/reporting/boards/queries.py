"""How the community board is read off a rollup. Pure: time is an argument."""

from collections import Counter
from datetime import UTC, datetime
from typing import Final

from services.reporting.boards.domain import (
    ActivityCounts,
    Board,
    BuildingLine,
    FloorCell,
    GroupCount,
    HourCount,
    MinuteCount,
    RecentLine,
    StageCount,
    Totals,
)
from services.reporting.figures.domain import PERSON_FIGURES, REQUEST_FIGURES, ROOM_FIGURES, FigureId, answer
from services.reporting.measures.domain import Room, share
from services.reporting.records.domain import RequestRecord
from services.reporting.rollup.domain import HOUR, MINUTE, FigureValue, Rollup, bucket, figure_value, overdue, standing
from shared.contracts.members import PlaceType
from shared.contracts.places import building_of, floor_of
from shared.contracts.stages import Stage

RECENT: Final = 20
HOURS: Final = 24
MINUTES: Final = 60


def board_of(rollup: Rollup, now: datetime, seq: int, generation: int, *, confidential: int | None = None) -> Board:
    """Read the whole board off the rollup as it stands at `now`; `confidential` is what is told of what is sealed."""
    late = [request for request in rollup.open.values() if overdue(request, now)]
    floors, buildings = _rooms_by(rollup, floor=True), _rooms_by(rollup, floor=False)
    return Board(
        as_of=now,
        seq=seq,
        events=rollup.events,
        generation=generation,
        totals=_totals(rollup, len(late), confidential),
        figures=_figures(rollup),
        by_stage=tuple(StageCount(key, n) for key, n in rollup.group("stage").items()),
        by_kind=_groups(rollup, "kind"),
        by_category=_groups(rollup, "category"),
        by_building=_buildings(rollup, buildings, late),
        floors=_floors(rollup, floors, late),
        trend=tuple(HourCount(at, filed, resolved) for at, filed, resolved in _spans(rollup, now, "hour", HOUR, HOURS)),
        pulse=tuple(
            MinuteCount(at, filed, resolved) for at, filed, resolved in _spans(rollup, now, "minute", MINUTE, MINUTES)
        ),
        recent=_recent(rollup),
        activities=_activities(rollup, now),
    )


def _totals(rollup: Rollup, late: int, confidential: int | None) -> Totals:
    stage = rollup.group("stage")
    return Totals(
        filed=len(rollup.requests),
        open=len(rollup.open),
        resolved=stage.get(Stage.RESOLVED, 0),
        closed_confirmed=stage.get(Stage.CLOSED_CONFIRMED, 0),
        closed_unconfirmed=stage.get(Stage.CLOSED_UNCONFIRMED, 0),
        cancelled=stage.get(Stage.CANCELLED, 0),
        rejected=stage.get(Stage.REJECTED, 0),
        merged=stage.get(Stage.MERGED, 0),
        unresolvable=stage.get(Stage.UNRESOLVABLE, 0),
        on_hold=stage.get(Stage.ON_HOLD, 0),
        overdue=late,
        sealed=confidential,
        reopened=rollup.count("reopened"),
    )


def _figures(rollup: Rollup) -> tuple[FigureValue, ...]:
    return (
        *(rollup.figure(figure) for figure in REQUEST_FIGURES),
        *(figure_value(figure, answer(figure, rollup.rooms())) for figure in ROOM_FIGURES),
        *(figure_value(figure, answer(figure, rollup.residents())) for figure in PERSON_FIGURES),
    )


def _groups(rollup: Rollup, name: str) -> tuple[GroupCount, ...]:
    return tuple(GroupCount(key, n, rollup.count(f"{name}_open", key)) for key, n in rollup.group(name).items())


def _rooms_by(rollup: Rollup, *, floor: bool) -> dict[str, list[Room]]:
    rooms: dict[str, list[Room]] = {}
    for room in rollup.rooms():
        holder = floor_of(room.id) if floor else building_of(room.id)
        rooms.setdefault(str(holder), []).append(room)
    return rooms


def _name(rollup: Rollup, place: str) -> str:
    known = rollup.places.get(place)
    return known.name if known is not None else place.rpartition(".")[2]


def _buildings(rollup: Rollup, rooms: dict[str, list[Room]], late: list[RequestRecord]) -> tuple[BuildingLine, ...]:
    late_in = Counter(building_of(request.place) or request.place for request in late)
    of_request = {figure.id: figure for figure in REQUEST_FIGURES}
    filed = rollup.group("building")
    known = {place.id for place in rollup.places.values() if place.type is PlaceType.BUILDING}
    lines: list[BuildingLine] = []
    for key in sorted(known | filed.keys() | rooms.keys()):
        occupied = rooms.get(key, [])
        covered = sum(room.covered for room in occupied)
        lines.append(
            BuildingLine(
                key=key,
                name=_name(rollup, key),
                filed=filed.get(key, 0),
                open=rollup.count("building_open", key),
                overdue=late_in[key],
                resolved=rollup.count("building_served", key),
                occupied_rooms=len(occupied),
                covered_rooms=covered,
                coverage=share(covered, len(occupied)),
                first_contact_median=rollup.figure(of_request[FigureId.FIRST_CONTACT_MEDIAN], key).value,
                resolution_rate=rollup.figure(of_request[FigureId.RESOLUTION_RATE], key).value,
                satisfaction=rollup.figure(of_request[FigureId.SATISFACTION], key).value,
            )
        )
    return tuple(lines)


def _floors(rollup: Rollup, rooms: dict[str, list[Room]], late: list[RequestRecord]) -> tuple[FloorCell, ...]:
    late_on = Counter(floor_of(request.place) for request in late)
    opened = rollup.group("floor_open")
    known = {place.id for place in rollup.places.values() if place.type is PlaceType.FLOOR}
    cells: list[FloorCell] = []
    for key in sorted(known | opened.keys() | rooms.keys()):
        occupied = rooms.get(key, [])
        covered = sum(room.covered for room in occupied)
        cells.append(
            FloorCell(
                place=key,
                building=building_of(key) or key,
                floor=_name(rollup, key),
                open=opened.get(key, 0),
                overdue=late_on[key],
                occupied_rooms=len(occupied),
                covered_rooms=covered,
                covered=bool(occupied) and covered == len(occupied),
            )
        )
    return tuple(cells)


def _spans(rollup: Rollup, now: datetime, name: str, seconds: int, how_many: int) -> list[tuple[datetime, int, int]]:
    last = bucket(now, seconds)
    return [
        (
            datetime.fromtimestamp(number * seconds, UTC),
            rollup.count(f"filed_{name}", number),
            rollup.count(f"resolved_{name}", number),
        )
        for number in range(last - how_many + 1, last + 1)
    ]


def _recent(rollup: Rollup) -> tuple[RecentLine, ...]:
    lines: list[RecentLine] = []
    for at, request_id in reversed(rollup.recent[-RECENT:]):
        r = rollup.requests[request_id]
        lines.append(
            RecentLine(
                at, r.latest_code, r.id, r.kind.value, r.category, building_of(r.place) or r.place, r.stage.value
            )
        )
    return tuple(lines)


def _activities(rollup: Rollup, now: datetime) -> ActivityCounts:
    stages: Counter[str | None] = Counter(standing(one, now) for one in rollup.activities.values())
    seats = waiting = attended = 0
    for activity in rollup.activities.values():
        seats, waiting = seats + activity.seats, waiting + activity.waiting
        attended += len(activity.attended)
    return ActivityCounts(
        planned=stages["planned"],
        upcoming=stages["upcoming"],
        running=stages["running"],
        completed=stages["completed"],
        cancelled=stages["cancelled"],
        seats_taken=seats,
        waiting=waiting,
        attended=attended,
    )
