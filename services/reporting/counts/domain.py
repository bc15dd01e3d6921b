"""Counts as data: how many requests and activities stand how, over all of them. Pure; time is an argument."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.reporting.figures.domain import Figure, Subjects, Summary, Unit
from services.reporting.records.domain import ActivityRecord, RequestRecord
from services.reporting.rollup.domain import overdue, standing
from shared.contracts.stages import Stage


class CountId(StrEnum):
    """The stable name of a count. Those of stages are the stages' own names."""

    FILED = "filed"
    OPEN = "open"
    OVERDUE = "overdue"
    SOLVED = "solved"
    SERVED = "served"
    SEALED = "sealed"
    REOPENED = "reopened"
    SUBMITTED = "submitted"
    TRIAGED = "triaged"
    MATCHING = "matching"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED_CONFIRMED = "closed_confirmed"
    CLOSED_UNCONFIRMED = "closed_unconfirmed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    MERGED = "merged"
    UNRESOLVABLE = "unresolvable"
    ACTIVITIES_PLANNED = "activities_planned"
    ACTIVITIES_UPCOMING = "activities_upcoming"
    ACTIVITIES_RUNNING = "activities_running"
    ACTIVITIES_COMPLETED = "activities_completed"
    ACTIVITIES_CANCELLED = "activities_cancelled"
    SEATS_TAKEN = "seats_taken"
    SEATS_WAITING = "seats_waiting"
    ATTENDED = "attended"


Count = Figure[RequestRecord, CountId]
ActivityCount = Figure[ActivityRecord, CountId]

_STAGES: Final = (
    (Stage.SUBMITTED, "已提交", "submitted"),
    (Stage.TRIAGED, "已分诊", "triaged"),
    (Stage.MATCHING, "匹配中", "matching"),
    (Stage.ASSIGNED, "已受理", "assigned"),
    (Stage.IN_PROGRESS, "服务中", "in progress"),
    (Stage.ON_HOLD, "暂缓", "on hold"),
    (Stage.RESOLVED, "待确认", "resolved, to be confirmed"),
    (Stage.CLOSED_CONFIRMED, "已确认办结", "closed confirmed"),
    (Stage.CLOSED_UNCONFIRMED, "逾期未确认", "closed unconfirmed"),
    (Stage.CANCELLED, "已撤回", "withdrawn"),
    (Stage.REJECTED, "未受理", "rejected"),
    (Stage.MERGED, "已合并", "merged"),
    (Stage.UNRESOLVABLE, "无法解决", "unresolvable"),
)
_STANDINGS: Final = (
    (CountId.ACTIVITIES_PLANNED, "planned", "未发布", "not published yet"),
    (CountId.ACTIVITIES_UPCOMING, "upcoming", "已发布、未开始", "published and not begun"),
    (CountId.ACTIVITIES_RUNNING, "running", "已发布、已开始", "published and begun"),
    (CountId.ACTIVITIES_COMPLETED, "completed", "已结束", "completed"),
    (CountId.ACTIVITIES_CANCELLED, "cancelled", "已取消", "called off"),
)


def request_counts(now: datetime) -> tuple[Count, ...]:
    """Return every count of requests, as it is at `now`."""
    return (
        _count(CountId.FILED, "提交的诉求", "requests filed", lambda _: True, dated=lambda r: r.filed_at),
        _count(CountId.OPEN, "未办结且未结束的诉求", "requests neither resolved nor ended", lambda r: r.open),
        _count(
            CountId.OVERDUE,
            "已过办结期限、未暂缓的未办结诉求",
            "open requests past their due time and not on hold",
            lambda r: overdue(r, now),
            over=lambda r: r.open,
            over_zh="未办结的诉求",
            over_en="open requests",
        ),
        _count(
            CountId.SOLVED,
            "办结且未被重开的诉求(按办结时间)",
            "requests whose resolution stands, by the time of it",
            lambda r: r.resolved_at is not None,
            dated=lambda r: r.resolved_at,
        ),
        _count(CountId.SERVED, "已办结的诉求,无论是否确认", "requests resolved, confirmed or not", lambda r: r.served),
        _people_of_sealed(),
        _count(CountId.REOPENED, "被重开过的诉求", "requests that were reopened", lambda r: r.reopened),
        *(_at_stage(stage, zh, en) for stage, zh, en in _STAGES),
    )


def activity_counts(now: datetime) -> tuple[ActivityCount, ...]:
    """Return every count of activities, as it is at `now`."""
    return (
        *(_standing(count, name, zh, en, now) for count, name, zh, en in _STANDINGS),
        _sum(CountId.SEATS_TAKEN, "各活动已报名的人次之和", "seats taken, over activities", lambda a: a.seats),
        _sum(CountId.SEATS_WAITING, "各活动候补的人次之和", "people waiting, over activities", lambda a: a.waiting),
        _sum(
            CountId.ATTENDED, "各活动到场的人次之和", "people who attended, over activities", lambda a: len(a.attended)
        ),
    )


def _count(
    count: CountId,
    zh: str,
    en: str,
    counted: Callable[[RequestRecord], bool],
    *,
    over: Callable[[RequestRecord], bool] = lambda _: True,
    over_zh: str = "全部提交的诉求",
    over_en: str = "all requests filed",
    dated: Callable[[RequestRecord], datetime | None] | None = None,
) -> Count:
    return Figure(
        id=count,
        name_zh=zh,
        name_en=en[0].upper() + en[1:],
        formula_zh=f"件数;分子 = {zh},分母 = {over_zh}",
        formula_en=f"number; numerator = {en}, denominator = {over_en}",
        unit=Unit.COUNT,
        subjects=Subjects.REQUEST,
        summary=Summary.COUNT,
        over=over,
        counted=counted,
        dated=dated,
    )


def _people_of_sealed() -> Count:
    """Return the definition of the one number about confidential requests; it is not counted from records."""
    return Figure(
        id=CountId.SEALED,
        name_zh="提出密件的人数",
        name_en="People who asked for something sealed",
        formula_zh="人数(去重),每满 5 人计一档,每日零点更新;不足 5 人不显示;其他数字都不含密件、矛盾与谈心",
        formula_en="distinct people in whole steps of five, as of the last midnight; not shown below five; no other "
        "number includes what is sealed, quarrels or counsel",
        unit=Unit.COUNT,
        subjects=Subjects.REQUEST,
        summary=Summary.COUNT,
        over=lambda _: False,
        counted=lambda _: False,
    )


def _at_stage(stage: Stage, zh: str, en: str) -> Count:
    return _count(CountId(stage.value), f"处于「{zh}」的诉求", f"requests that are {en}", lambda r: r.stage is stage)


def _standing(count: CountId, name: str, zh: str, en: str, now: datetime) -> ActivityCount:
    return Figure(
        id=count,
        name_zh=f"{zh}的活动",
        name_en=f"Activities {en}",
        formula_zh=f"个数;分子 = {zh}的活动,分母 = 全部活动",
        formula_en=f"number; numerator = activities {en}, denominator = all activities",
        unit=Unit.COUNT,
        subjects=Subjects.ACTIVITY,
        summary=Summary.COUNT,
        over=lambda _: True,
        counted=lambda activity: standing(activity, now) == name,
    )


def _sum(count: CountId, zh: str, en: str, people: Callable[[ActivityRecord], int]) -> ActivityCount:
    return Figure(
        id=count,
        name_zh=zh,
        name_en=en[0].upper() + en[1:],
        formula_zh=f"{zh};分子 = 人次大于零的活动,分母 = 全部活动",
        formula_en=f"{en}; numerator = activities with any, denominator = all activities",
        unit=Unit.COUNT,
        subjects=Subjects.ACTIVITY,
        summary=Summary.SUM,
        over=lambda _: True,
        counted=lambda activity: people(activity) > 0,
        measure=people,
    )
