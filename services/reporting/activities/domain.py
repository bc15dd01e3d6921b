"""Activities as figures count them: how they stand, and the people in them; and their part of a board."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.reporting.people.domain import TOOK_PART
from services.reporting.rows.domain import Row
from services.reporting.subjects.domain.figure import Figure, Summary, Unit
from services.reporting.subjects.domain.ids import CountId
from services.reporting.subjects.domain.subject import Source, Subject, Subjects
from services.reporting.subjects.domain.sums import Sums
from shared.contracts.activities import ActivityStage
from shared.contracts.cells import STAGE, Aggregate

_STANDINGS: Final = (
    (CountId.ACTIVITIES_PLANNED, "planned", "未发布", "not published yet"),
    (CountId.ACTIVITIES_UPCOMING, "upcoming", "已发布、未开始", "published and not begun"),
    (CountId.ACTIVITIES_RUNNING, "running", "已发布、已开始", "published and begun"),
    (CountId.ACTIVITIES_COMPLETED, "completed", "已结束", "completed"),
    (CountId.ACTIVITIES_CANCELLED, "cancelled", "已取消", "called off"),
)


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """An activity: `stage` and times are None while its planning has not been learnt."""

    id: str
    stage: ActivityStage | None
    starts_at: datetime | None
    ends_at: datetime | None
    seats: int
    waiting: int
    attended: frozenset[str]


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


def activity_of(row: Row) -> ActivityRecord:
    """Return the activity that the row tells of; people may be in it before its planning is known."""
    planned = row.values("planned")
    seats = [cell.values["seat"] for name, cell in row.cells.items() if name.startswith("seat:")]
    attended = [cell.values["person_id"] for name, cell in row.cells.items() if name.startswith("attended:")]
    return ActivityRecord(
        id=row.key,
        stage=ActivityStage(row.values(STAGE.name)["stage"]) if planned else None,
        starts_at=planned.get("starts_at"),
        ends_at=planned.get("ends_at"),
        seats=seats.count("seat"),
        waiting=seats.count("waiting"),
        attended=frozenset(attended),
    )


def standing(activity: ActivityRecord, now: datetime) -> str | None:
    """Return how an activity stands at `now`: its stage, or upcoming or running while it is published."""
    if activity.stage is ActivityStage.PUBLISHED:
        return "running" if activity.starts_at is not None and activity.starts_at <= now else "upcoming"
    return None if activity.stage is None else activity.stage.value


def activity_counts(now: datetime) -> tuple[Figure[ActivityRecord], ...]:
    """Return every count of activities, as it is at `now`."""
    return (
        *(_standing(count, name, zh, en, now) for count, name, zh, en in _STANDINGS),
        _sum(CountId.SEATS_TAKEN, "各活动已报名的人次之和", "seats taken, over activities", lambda a: a.seats),
        _sum(CountId.SEATS_WAITING, "各活动候补的人次之和", "people waiting, over activities", lambda a: a.waiting),
        _sum(
            CountId.ATTENDED, "各活动到场的人次之和", "people who attended, over activities", lambda a: len(a.attended)
        ),
    )


def _standing(count: CountId, name: str, zh: str, en: str, now: datetime) -> Figure[ActivityRecord]:
    return Figure(
        id=count,
        name_zh=f"{zh}的活动",
        name_en=f"Activities {en}",
        formula_zh=f"个数;分子 = {zh}的活动,分母 = 全部活动",
        formula_en=f"number; numerator = activities {en}, denominator = all activities",
        unit=Unit.COUNT,
        summary=Summary.COUNT,
        over=lambda _: True,
        counted=lambda activity: standing(activity, now) == name,
    )


def _sum(count: CountId, zh: str, en: str, people: Callable[[ActivityRecord], int]) -> Figure[ActivityRecord]:
    return Figure(
        id=count,
        name_zh=zh,
        name_en=en[0].upper() + en[1:],
        formula_zh=f"{zh};分子 = 人次大于零的活动,分母 = 全部活动",
        formula_en=f"{en}; numerator = activities with any, denominator = all activities",
        unit=Unit.COUNT,
        summary=Summary.SUM,
        over=lambda _: True,
        counted=lambda activity: people(activity) > 0,
        measure=people,
    )


def board_part(sums: Sums, now: datetime) -> ActivityCounts:
    """Return what a board shows of activities at `now`."""
    activities = sums.records(ActivityRecord).values()
    stages: Counter[str | None] = Counter(standing(one, now) for one in activities)
    seats = waiting = attended = 0
    for activity in activities:
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


ACTIVITIES: Final = Subject(
    Subjects.ACTIVITY,
    records=lambda sums: sums.records(ActivityRecord),
    sources=(
        Source(
            Aggregate.ACTIVITY,
            ActivityRecord,
            activity_of,
            sums=lambda activity: ((TOOK_PART, person) for person in activity.attended),
        ),
    ),
    counts=activity_counts,
    stage=standing,
)
