"""The counts of requests: how many stand how. Time is an argument."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from services.reporting.requests.domain.record import RequestRecord
from services.reporting.subjects.domain.figure import Figure, Summary, Unit
from services.reporting.subjects.domain.ids import CountId
from shared.contracts.stages import Stage

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


def overdue(request: RequestRecord, now: datetime) -> bool:
    """Tell whether an open request should have been resolved before now; one on hold is not overdue."""
    return request.due_at is not None and request.due_at < now and request.stage is not Stage.ON_HOLD


def request_counts(now: datetime) -> tuple[Figure[RequestRecord], ...]:
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
) -> Figure[RequestRecord]:
    return Figure(
        id=count,
        name_zh=zh,
        name_en=en[0].upper() + en[1:],
        formula_zh=f"件数;分子 = {zh},分母 = {over_zh}",
        formula_en=f"number; numerator = {en}, denominator = {over_en}",
        unit=Unit.COUNT,
        summary=Summary.COUNT,
        over=over,
        counted=counted,
        dated=dated,
    )


def _people_of_sealed() -> Figure[RequestRecord]:
    """Return the definition of the one number about confidential requests; it is not counted from records."""
    return Figure(
        id=CountId.SEALED,
        name_zh="提出密件的人数",
        name_en="People who asked for something sealed",
        formula_zh="人数(去重),每满 5 人计一档,每日零点更新;不足 5 人不显示;其他数字都不含密件、矛盾与谈心",
        formula_en="distinct people in whole steps of five, as of the last midnight; not shown below five; no other "
        "number includes what is sealed, quarrels or counsel",
        unit=Unit.COUNT,
        summary=Summary.COUNT,
        over=lambda _: False,
        counted=lambda _: False,
    )


def _at_stage(stage: Stage, zh: str, en: str) -> Figure[RequestRecord]:
    return _count(CountId(stage.value), f"处于「{zh}」的诉求", f"requests that are {en}", lambda r: r.stage is stage)
