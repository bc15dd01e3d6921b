"""What a board shows of requests: totals, groups, spans of time, the newest facts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.reporting.requests.domain.counts import overdue
from services.reporting.requests.domain.record import RequestRecord
from services.reporting.requests.domain.sums import HOUR, MINUTE, bucket
from services.reporting.subjects.domain.scope import building_or_place
from services.reporting.subjects.domain.sums import Sums
from shared.contracts.stages import Stage

RECENT: Final = 20
HOURS: Final = 24
MINUTES: Final = 60


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


def totals(sums: Sums, late: int, confidential: int | None) -> Totals:
    """Return the totals; `late` counts the overdue, `confidential` is the one number that is told of what is sealed."""
    stage = sums.group("stage")
    return Totals(
        filed=len(sums.records(RequestRecord)),
        open=len(sums.ordered("open")),
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
        reopened=sums.count("reopened"),
    )


def groups(sums: Sums, name: str) -> tuple[GroupCount, ...]:
    """Return how many requests are of each kind or category."""
    return tuple(GroupCount(key, n, sums.count(f"{name}_open", key)) for key, n in sums.group(name).items())


def stages(sums: Sums) -> tuple[StageCount, ...]:
    """Return how many requests stand at each stage."""
    return tuple(StageCount(key, n) for key, n in sums.group("stage").items())


def trend(sums: Sums, now: datetime) -> tuple[HourCount, ...]:
    """Return the last hours."""
    return tuple(HourCount(*span) for span in _spans(sums, now, "hour", HOUR, HOURS))


def pulse(sums: Sums, now: datetime) -> tuple[MinuteCount, ...]:
    """Return the last minutes."""
    return tuple(MinuteCount(*span) for span in _spans(sums, now, "minute", MINUTE, MINUTES))


def late(sums: Sums, now: datetime) -> list[RequestRecord]:
    """Return the requests that are overdue."""
    requests = sums.records(RequestRecord)
    return [request for one in sums.ordered("open") if overdue(request := requests[one], now)]


def _spans(sums: Sums, now: datetime, name: str, seconds: int, how_many: int) -> list[tuple[datetime, int, int]]:
    last = bucket(now, seconds)
    return [
        (
            datetime.fromtimestamp(number * seconds, UTC),
            sums.count(f"filed_{name}", number),
            sums.count(f"resolved_{name}", number),
        )
        for number in range(last - how_many + 1, last + 1)
    ]


def recent(sums: Sums) -> tuple[RecentLine, ...]:
    """Return the newest facts, the newest first."""
    requests, lines = sums.records(RequestRecord), list[RecentLine]()
    for at, request_id in reversed(sums.ordered("recent")[-RECENT:]):
        r = requests[request_id]
        lines.append(
            RecentLine(at, r.latest_code, r.id, r.kind.value, r.category, building_or_place(r.place), r.stage.value)
        )
    return tuple(lines)
