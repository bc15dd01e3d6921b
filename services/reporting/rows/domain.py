"""Rows: every fact fills its own cells, and rows merge. Any order and any duplicates of facts give the same row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, cast

from pydantic import BaseModel

from shared.contracts import activities as a
from shared.contracts import members as m
from shared.contracts import requests as r
from shared.contracts.event import Event, Fact

Values = Mapping[str, object]


class Why(StrEnum):
    """Why a question about rows is refused."""

    UNKNOWN = "row.unknown"


class RowKind(StrEnum):
    """The sort of aggregate that a row tells of."""

    REQUEST = "request"
    PLACE = "place"
    PERSON = "person"
    UNIT = "unit"
    DUTY_AREA = "duty_area"
    ACTIVITY = "activity"
    PROPOSAL = "proposal"
    ENTRY = "entry"
    SESSIONS = "sessions"


class Keep(StrEnum):
    """Which of two fillings of one cell stays: the one of the later or of the earlier version of the aggregate."""

    LAST = "last"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one sort of fact told, and the version `v` of the aggregate that told it."""

    v: int
    values: Values
    keep: Keep = Keep.LAST


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one aggregate.

    `seen` holds the versions whose facts were merged (its size counts the distinct facts); `learnt_at` is the earliest
    moment at which its first fact (for a request: the filing) was merged, None while that one has not come.
    """

    kind: RowKind
    key: str
    cells: Mapping[str, Cell]
    seen: frozenset[int]
    learnt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """Where a fact goes: the sort of row, the cell (with the fact's own ids in its name), and what else it decides.

    `said` are values that the fact tells by merely having happened; `birth` marks the fact that a row begins with;
    `key` names the id in the fact that the row goes by, where one aggregate (a map of areas, a sheet of entries) holds
    many; None: the row goes by the aggregate.
    """

    kind: RowKind
    cell: str
    keep: Keep = Keep.LAST
    birth: bool = False
    key: str | None = None
    said: Values = field(default_factory=lambda: MappingProxyType({}))


def _leg(name: str) -> Fill:
    return Fill(RowKind.REQUEST, f"leg:{{leg_id}}:{name}")


def _seat(state: str) -> Fill:
    return Fill(RowKind.ACTIVITY, "seat:{person_id}", said=MappingProxyType({"seat": state}))


FILLS: Final[Mapping[type[Fact], Fill]] = MappingProxyType(
    {
        m.PlaceAdded: Fill(RowKind.PLACE, "place", birth=True),
        m.PersonRegistered: Fill(RowKind.PERSON, "person", birth=True),
        m.PersonChanged: Fill(RowKind.PERSON, "person"),
        m.PersonDeparted: Fill(RowKind.PERSON, "departed"),
        m.SessionsEnded: Fill(RowKind.SESSIONS, "ended", birth=True, key="key"),
        m.UnitFormed: Fill(RowKind.UNIT, "unit", birth=True),
        m.DutyAreaAssigned: Fill(RowKind.DUTY_AREA, "assigned", birth=True, key="area_id"),
        m.DutyAreaReleased: Fill(RowKind.DUTY_AREA, "released", key="area_id"),
        m.HelperProposed: Fill(RowKind.PROPOSAL, "proposed", birth=True),
        m.HelperNotFound: Fill(RowKind.PROPOSAL, "not_found", birth=True),
        m.PointsVested: Fill(RowKind.ENTRY, "vested", birth=True, key="entry_id"),
        m.PointsReversed: Fill(RowKind.ENTRY, "reversed", birth=True, key="entry_id"),
        a.ActivityPlanned: Fill(RowKind.ACTIVITY, "planned", birth=True),
        a.ActivityPublished: Fill(RowKind.ACTIVITY, "published"),
        a.ActivityCompleted: Fill(RowKind.ACTIVITY, "completed"),
        a.ActivityCancelled: Fill(RowKind.ACTIVITY, "cancelled"),
        a.SeatTaken: _seat("seat"),
        a.SeatAwaited: _seat("waiting"),
        a.SeatReleased: _seat("none"),
        a.AttendanceVerified: Fill(RowKind.ACTIVITY, "attended:{person_id}"),
        r.RequestFiled: Fill(RowKind.REQUEST, "filed", birth=True),
        r.RequestTriaged: Fill(RowKind.REQUEST, "triaged"),
        r.RequestContacted: Fill(RowKind.REQUEST, "contacted", keep=Keep.FIRST),
        r.RequestHeld: Fill(RowKind.REQUEST, "held"),
        r.RequestResumed: Fill(RowKind.REQUEST, "resumed"),
        r.RequestResolved: Fill(RowKind.REQUEST, "resolved"),
        r.RequestClosed: Fill(RowKind.REQUEST, "closed"),
        r.RequestRated: Fill(RowKind.REQUEST, "rated"),
        r.RequestReopened: Fill(RowKind.REQUEST, "reopened"),
        r.RequestCancelled: Fill(RowKind.REQUEST, "cancelled"),
        r.RequestRejected: Fill(RowKind.REQUEST, "rejected"),
        r.LegOpened: _leg("opened"),
        r.LegQueued: _leg("queued"),
        r.LegOffered: _leg("offered"),
        r.LegAccepted: _leg("accepted"),
        r.LegDeclined: _leg("declined"),
        r.LegExpired: _leg("expired"),
        r.LegUnmatched: _leg("unmatched"),
        r.LegStarted: _leg("started"),
        r.LegDone: _leg("done"),
        r.LegReleased: _leg("released"),
        r.LegNudged: _leg("nudged"),
        r.LegDropped: _leg("dropped"),
        r.LegAcked: _leg("acked"),
        r.LegSendFailed: _leg("send_failed"),
        r.LegRemoteClosed: _leg("remote_closed"),
        r.LegRemoteStale: _leg("remote_stale"),
    }
)
"""Which cell each fact fills. A fact that has no line here is a fault, found by a test over the catalogue."""

STAGE: Final = "stage"
LATEST: Final = "latest"


def learn(event: Event[Fact], at: datetime) -> Row:
    """Return the row that knows this one event, heard at `at`.

    Besides the fact's own cell it fills `stage` and `leg:<id>` (where the request or leg stood afterwards: the highest
    version stays) and `latest` (the code and time of the newest fact).
    """
    fact = event.data
    fill = FILLS[type(fact)]
    values = {**cast("dict[str, object]", plain(fact)), **fill.said}
    cells = {
        cell_name(fill.cell, values): Cell(event.version, values, fill.keep),
        LATEST: Cell(event.version, {"code": fact_code(fact), "at": event.time}),
    }
    if "stage" in values:
        cells[STAGE] = Cell(event.version, {"stage": values["stage"]})
    if isinstance(fact, r.LegFact):
        cells[cell_name("leg:{leg_id}", values)] = Cell(
            event.version, {"leg_id": fact.leg_id, "state": fact.state.value}
        )
    key = event.subject if fill.key is None else str(values[fill.key])
    return Row(fill.kind, key, cells, frozenset({event.version}), at if fill.birth else None)


def fact_code(fact: Fact) -> str:
    """Return the fact's stable name without its version, for example `requests.request.filed`."""
    return fact.type_name().rpartition(".")[0]


def cell_name(template: str, values: Values) -> str:
    """Fill a cell's name with the fact's ids; dots and dollars, which paths in a store give a meaning, are escaped."""
    return template.format_map(values).replace(".", "%2E").replace("$", "%24")


def plain(value: object) -> object:
    """Return the value as text, numbers, times, lists and dictionaries: nothing that only this language knows."""
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [plain(item) for item in cast("tuple[object, ...]", value)]
    return value


def later(one: Cell, other: Cell) -> Cell:
    """Return the cell that stays of two fillings of the same cell."""
    if one.keep is Keep.FIRST:
        return one if one.v <= other.v else other
    return one if one.v >= other.v else other


def merge(one: Row, other: Row) -> Row:
    """Return what both rows of the same aggregate know together; commutative, associative and idempotent."""
    cells = dict(one.cells)
    for name, cell in other.cells.items():
        cells[name] = later(cells[name], cell) if name in cells else cell
    moments = [moment for moment in (one.learnt_at, other.learnt_at) if moment is not None]
    return replace(one, cells=cells, seen=one.seen | other.seen, learnt_at=min(moments, default=None))


def merge_all(rows: Iterable[Row]) -> Mapping[tuple[RowKind, str], Row]:
    """Merge rows of many aggregates: one row for each, by kind and key."""
    board: dict[tuple[RowKind, str], Row] = {}
    for row in rows:
        place = (row.kind, row.key)
        board[place] = merge(board[place], row) if place in board else row
    return board
