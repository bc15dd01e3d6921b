"""The community board: its shape."""

from dataclasses import dataclass
from datetime import datetime

from services.reporting.rollup.domain import FigureValue


@dataclass(frozen=True, slots=True)
class Totals:
    """Requests by how they stand: `filed` is the sum of open, resolved and the six ends. The last four lie across.

    What is sealed, quarrels and counsel are in none of them. `sealed` counts the people who asked for such, in steps of
    five, as of the last midnight; None: fewer than five.
    """

    filed: int
    open: int
    resolved: int
    closed_confirmed: int
    closed_unconfirmed: int
    cancelled: int
    rejected: int
    merged: int
    unresolvable: int
    on_hold: int
    overdue: int
    sealed: int | None
    reopened: int


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many requests stand at a stage."""

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class GroupCount:
    """How many requests are of a kind or category, and how many of them are open."""

    key: str
    count: int
    open: int


@dataclass(frozen=True, slots=True)
class BuildingLine:
    """One building: `resolved` counts requests that were resolved, closed or not. `coverage` is None when empty."""

    key: str
    name: str
    filed: int
    open: int
    overdue: int
    resolved: int
    occupied_rooms: int
    covered_rooms: int
    coverage: float | None
    first_contact_median: float | None
    resolution_rate: float | None
    satisfaction: float | None


@dataclass(frozen=True, slots=True)
class FloorCell:
    """One floor. `covered` tells whether every occupied room of it is covered."""

    place: str
    building: str
    floor: str
    open: int
    overdue: int
    occupied_rooms: int
    covered_rooms: int
    covered: bool


@dataclass(frozen=True, slots=True)
class HourCount:
    """Requests filed and resolved in the hour that begins at `hour`."""

    hour: datetime
    filed: int
    resolved: int


@dataclass(frozen=True, slots=True)
class MinuteCount:
    """Requests filed and resolved in the minute that begins at `minute`."""

    minute: datetime
    filed: int
    resolved: int


@dataclass(frozen=True, slots=True)
class RecentLine:
    """The newest fact of a request. `place` is its building: a wall tells everybody."""

    at: datetime
    code: str
    request_id: str
    kind: str
    category: str
    place: str
    stage: str


@dataclass(frozen=True, slots=True)
class ActivityCounts:
    """Activities by how they stand, and the people in them (one person counts once for each activity)."""

    planned: int
    upcoming: int
    running: int
    completed: int
    cancelled: int
    seats_taken: int
    waiting: int
    attended: int


@dataclass(frozen=True, slots=True)
class Board:
    """The whole community board as it stood at `as_of`; `events` counts the distinct facts that it rests on."""

    as_of: datetime
    seq: int
    events: int
    generation: int
    totals: Totals
    figures: tuple[FigureValue, ...]
    by_stage: tuple[StageCount, ...]
    by_kind: tuple[GroupCount, ...]
    by_category: tuple[GroupCount, ...]
    by_building: tuple[BuildingLine, ...]
    floors: tuple[FloorCell, ...]
    trend: tuple[HourCount, ...]
    pulse: tuple[MinuteCount, ...]
    recent: tuple[RecentLine, ...]
    activities: ActivityCounts
