"""The community board: its shape."""

from dataclasses import dataclass
from datetime import datetime

from services.reporting.activities.domain import ActivityCounts
from services.reporting.requests.domain.board import (
    GroupCount,
    HourCount,
    MinuteCount,
    RecentLine,
    StageCount,
    Totals,
)
from services.reporting.subjects.domain.sums import FigureValue


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
