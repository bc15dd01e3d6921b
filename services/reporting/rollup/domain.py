"""The rollup: running sums over rows. A changed row takes its old share out and puts its new one in."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from services.reporting.confidential.domain import is_confidential
from services.reporting.figures.domain import (
    REQUEST_FIGURES,
    Answer,
    FigureId,
    PersonFigure,
    RequestFigure,
    RoomFigure,
    Unit,
    value_of,
)
from services.reporting.measures.domain import Resident, Room, residents, rooms, servers_of
from services.reporting.records.domain import (
    ActivityRecord,
    AreaRecord,
    PersonRecord,
    PlaceRecord,
    RequestRecord,
    record_of,
)
from services.reporting.rows.domain import Row
from shared.contracts.activities import ActivityStage
from shared.contracts.cells import Aggregate
from shared.contracts.places import building_of, floor_of
from shared.contracts.stages import Stage

HOUR: Final = 3600
MINUTE: Final = 60
EVERYWHERE: Final = ""
"""The scope of a sum over all buildings."""

Key = tuple[str, str | int]
"""A sum: its group and its key within the group."""


@dataclass(frozen=True, slots=True)
class FigureValue:
    """A figure's present value and the sizes of its two sides; None when nothing can be measured."""

    id: FigureId
    value: float | None
    unit: Unit
    numerator: int
    denominator: int


def _scoped(figure: FigureId, scope: str) -> str:
    return f"{figure}@{scope}"


def bucket(moment: datetime, seconds: int) -> int:
    """Return the number of the span of so many seconds (since 1970) that the moment lies in."""
    return int(moment.timestamp()) // seconds


def sums_of(request: RequestRecord) -> Iterator[Key]:
    """Name every sum that the request counts in, once each."""
    building = building_of(request.place) or request.place
    for group, key in (
        ("stage", request.stage.value),
        ("kind", request.kind.value),
        ("category", request.category),
        ("building", building),
    ):
        yield group, key
        if request.open:
            yield f"{group}_open", key
        if request.served:
            yield f"{group}_served", key
    yield from _marks_of(request)
    for person in servers_of(request):
        yield "took_part", person
    floor = floor_of(request.place)
    if floor is not None and request.open:
        yield "floor_open", floor
    for figure in REQUEST_FIGURES:
        if figure.over(request):
            for scope in (EVERYWHERE, building):
                yield "over", _scoped(figure.id, scope)
                if figure.counted(request):
                    yield "counted", _scoped(figure.id, scope)


def _marks_of(request: RequestRecord) -> Iterator[Key]:
    if request.reopened:
        yield "reopened", EVERYWHERE
    for span, seconds in (("hour", HOUR), ("minute", MINUTE)):
        yield f"filed_{span}", bucket(request.filed_at, seconds)
        if request.resolved_at is not None:
            yield f"resolved_{span}", bucket(request.resolved_at, seconds)


def measures_of(request: RequestRecord) -> Iterator[tuple[tuple[FigureId, str], float]]:
    """Name every list of measures that the request has a number in, with that number."""
    building = building_of(request.place) or request.place
    for figure in REQUEST_FIGURES:
        if figure.over(request) and figure.counted(request):
            number = figure.measure(request)
            if number is not None:
                yield (figure.id, EVERYWHERE), number
                yield (figure.id, building), number


class Rollup:
    """Everything that boards show, kept row by row. Feeding all rows to a fresh one is the recount that must agree.

    Confidential requests are apart: no sum, no list and no count of events knows of them, and nothing is drawn anew
    for them. Of these only the ids are kept, each with whoever asked.
    """

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.events = 0
        self.requests: dict[str, RequestRecord] = {}
        self.confidential: dict[str, str] = {}
        self.people: dict[str, PersonRecord] = {}
        self.places: dict[str, PlaceRecord] = {}
        self.areas: dict[str, AreaRecord] = {}
        self.activities: dict[str, ActivityRecord] = {}
        self.open: dict[str, RequestRecord] = {}
        self.recent: list[tuple[datetime, str]] = []
        self._sizes: dict[tuple[Aggregate, str], int] = {}
        self._counted: dict[str, int] = {}
        self._sums: defaultdict[str, Counter[str | int]] = defaultdict(Counter)
        self._measures: defaultdict[tuple[FigureId, str], list[float]] = defaultdict(list)
        self._rooms: tuple[Room, ...] | None = None
        self._residents: tuple[Resident, ...] | None = None

    def apply(self, row: Row) -> bool:
        """Take in a row as it now is; False when that changes nothing that is shown.

        So it is with a state that is not newer, a request whose filing is not known yet, and a confidential one.
        """
        place, size = (row.kind, row.key), len(row.seen)
        before = self._sizes.get(place, 0)
        if size <= before:
            return False
        self._sizes[place] = size
        record = record_of(row)
        if row.kind is Aggregate.REQUEST:
            return isinstance(record, RequestRecord) and self._judge_request(record, size)
        self.events += size - before
        match record:
            case PersonRecord():
                self.people[record.id] = record
                self._rooms = self._residents = None
            case PlaceRecord():
                self.places[record.id] = record
            case AreaRecord():
                self.areas[record.id] = record
                self._rooms = None
            case ActivityRecord():
                self._take_activity(record)
            case RequestRecord() | None:
                pass
            case _:  # pragma: no cover
                assert_never(record)
        return True

    def count(self, group: str, key: str | int = EVERYWHERE) -> int:
        """Return one sum, 0 when nothing counts in it."""
        return self._sums[group][key]

    def group(self, name: str) -> dict[str, int]:
        """Return the sums of a group whose keys are texts, ascending by key."""
        return {str(key): n for key, n in sorted(self._sums[name].items(), key=lambda item: str(item[0]))}

    def rooms(self) -> tuple[Room, ...]:
        """Return every occupied room and whether it is covered."""
        if self._rooms is None:
            self._rooms = rooms(self.people.values(), self.areas.values())
        return self._rooms

    def residents(self) -> tuple[Resident, ...]:
        """Return every present person and whether they took part."""
        if self._residents is None:
            self._residents = residents(self.people.values(), lambda person: self.count("took_part", person) > 0)
        return self._residents

    def figure(self, figure: RequestFigure, building: str = EVERYWHERE) -> FigureValue:
        """Return a figure over requests from the running sums."""
        counted, over = (self.count(side, _scoped(figure.id, building)) for side in ("counted", "over"))
        ordered = self._measures.get((figure.id, building), ())
        return FigureValue(figure.id, value_of(figure.summary, counted, over, ordered), figure.unit, counted, over)

    def _judge_request(self, request: RequestRecord, size: int) -> bool:
        """Take a request in, or apart when it is confidential; tell whether anything changed that is shown."""
        old = self.requests.pop(request.id, None)
        if old is not None:
            self._leave_out(old)
        self.events -= self._counted.pop(request.id, 0)
        if is_confidential(request):
            self.confidential[request.id] = request.requester_id
        else:
            self.events += size
            self._counted[request.id] = size
            self._take_request(request)
        now = frozenset[str]() if is_confidential(request) else servers_of(request)
        if (servers_of(old) if old is not None else frozenset()) != now:
            self._residents = None
        return old is not None or not is_confidential(request)

    def _leave_out(self, request: RequestRecord) -> None:
        self._add(request, -1)
        for key, number in measures_of(request):
            del self._measures[key][bisect_left(self._measures[key], number)]
        del self.recent[bisect_left(self.recent, (request.latest_at, request.id))]
        self.open.pop(request.id, None)

    def _take_request(self, request: RequestRecord) -> None:
        self.requests[request.id] = request
        self._add(request, 1)
        for key, number in measures_of(request):
            insort(self._measures[key], number)
        insort(self.recent, (request.latest_at, request.id))
        if request.open:
            self.open[request.id] = request

    def _take_activity(self, activity: ActivityRecord) -> None:
        old = self.activities.get(activity.id)
        new = activity.attended - (old.attended if old is not None else frozenset())
        self.activities[activity.id] = activity
        self._sums["took_part"].update(new)
        self._residents = None

    def _add(self, request: RequestRecord, sign: int) -> None:
        for group, key in sums_of(request):
            sums = self._sums[group]
            sums[key] += sign
            if sums[key] == 0:
                del sums[key]


def overdue(request: RequestRecord, now: datetime) -> bool:
    """Tell whether an open request should have been resolved before now; one on hold is not overdue."""
    return request.due_at is not None and request.due_at < now and request.stage is not Stage.ON_HOLD


def standing(activity: ActivityRecord, now: datetime) -> str | None:
    """Return how an activity stands at `now`: its stage, or upcoming or running while it is published."""
    if activity.stage is ActivityStage.PUBLISHED:
        return "running" if activity.starts_at is not None and activity.starts_at <= now else "upcoming"
    return None if activity.stage is None else activity.stage.value


def figure_value(figure: RoomFigure | PersonFigure, proof: Answer) -> FigureValue:
    """Return the value of a figure that was answered from its records."""
    return FigureValue(figure.id, proof.value, figure.unit, len(proof.numerator_ids), len(proof.denominator_ids))
