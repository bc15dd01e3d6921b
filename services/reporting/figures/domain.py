"""Figures as data: what each counts, over what, in which words. Pure functions over records."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar, assert_never

from services.reporting.measures.domain import (
    Resident,
    Room,
    Subject,
    counts_as_asked,
    first_contact_s,
    median,
    p90,
    resolution_s,
    share,
    stars_of,
)
from services.reporting.records.domain import RequestRecord
from services.reporting.scopes.domain import EVERYTHING, Scope, holds_moment, holds_subject
from shared.contracts.stages import Stage
from shared.refusal import Refusal


class Why(StrEnum):
    """Why a question about figures is refused."""

    UNKNOWN = "figure.unknown"
    NO_VALUE = "figure.no_value"
    BASELINE_FROZEN = "figure.baseline_frozen"
    SCOPE_UNFIT = "figure.scope_unfit"


class FigureId(StrEnum):
    """The stable name of a figure."""

    FIRST_CONTACT_MEDIAN = "first_contact_median"
    FIRST_CONTACT_P90 = "first_contact_p90"
    RESOLUTION_MEDIAN = "resolution_median"
    RESOLUTION_P90 = "resolution_p90"
    RESOLUTION_RATE = "resolution_rate"
    SATISFACTION = "satisfaction"
    RATED_SHARE = "rated_share"
    CONFIRMED_SHARE = "confirmed_share"
    COVERAGE = "coverage"
    PARTICIPATION = "participation"


class Unit(StrEnum):
    """What a value is measured in; a share lies between 0 and 1, stars between 1 and 5; a count has no unit."""

    SECONDS = "seconds"
    STARS = "stars"
    SHARE = "share"
    COUNT = "count"


class Summary(StrEnum):
    """How a value comes from the numerator: its share of the denominator, a summary of its measures, or its size."""

    SHARE = "share"
    MEAN = "mean"
    MEDIAN = "median"
    P90 = "p90"
    COUNT = "count"
    SUM = "sum"


class Subjects(StrEnum):
    """What a figure counts."""

    REQUEST = "request"
    ROOM = "room"
    PERSON = "person"
    ACTIVITY = "activity"


S = TypeVar("S", bound=Subject)
I_co = TypeVar("I_co", bound=StrEnum, covariant=True)


@dataclass(frozen=True, slots=True)
class Figure(Generic[S, I_co]):
    """A figure's definition.

    `over` picks the denominator, `counted` the numerator within it, `measure` the number of a counted record (None for
    shares), `dated` the moment by which a span of time picks it. The formula is what a reader may hold us to.
    """

    id: I_co
    name_zh: str
    name_en: str
    formula_zh: str
    formula_en: str
    unit: Unit
    subjects: Subjects
    summary: Summary
    over: Callable[[S], bool]
    counted: Callable[[S], bool]
    measure: Callable[[S], float | None] = lambda _: None
    dated: Callable[[S], datetime | None] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A figure's value with its proof: the ids on both sides, ascending; None when nothing can be measured."""

    value: float | None
    numerator_ids: tuple[str, ...]
    denominator_ids: tuple[str, ...]

    @property
    def response_rate(self) -> float | None:
        """The share of the denominator that gave the value, None for an empty denominator."""
        return share(len(self.numerator_ids), len(self.denominator_ids))


def value_of(summary: Summary, counted: int, over: int, ordered: Sequence[float]) -> float | None:
    """Return a figure's value from its two counts and the ascending measures of its numerator."""
    match summary:
        case Summary.SHARE:
            return share(counted, over)
        case Summary.MEAN:
            return share(math.fsum(ordered), len(ordered))
        case Summary.MEDIAN:
            return median(ordered)
        case Summary.P90:
            return p90(ordered)
        case Summary.COUNT:
            return counted
        case Summary.SUM:
            return math.fsum(ordered)
        case _:  # pragma: no cover
            assert_never(summary)


def answer(figure: Figure[S, I_co], subjects: Iterable[S], scope: Scope = EVERYTHING) -> Answer:
    """Answer a figure over these records, of the scope only; refuses a scope that its records cannot be asked for."""
    of, dated = figure.subjects, figure.dated
    if not scope.fits(placed=of is not Subjects.ACTIVITY, classed=of is Subjects.REQUEST, timed=dated is not None):
        raise Refusal(Why.SCOPE_UNFIT, figure=figure.id)
    over = [s for s in subjects if figure.over(s) and holds_subject(scope, s)]
    counted = [s for s in over if figure.counted(s) and (dated is None or holds_moment(scope, dated(s)))]
    measures = sorted(m for m in map(figure.measure, counted) if m is not None)
    value = value_of(figure.summary, len(counted), len(over), measures)
    return Answer(value, tuple(sorted(s.id for s in counted)), tuple(sorted(s.id for s in over)))


RequestFigure = Figure[RequestRecord, FigureId]
RoomFigure = Figure[Room, FigureId]
PersonFigure = Figure[Resident, FigureId]

REQUEST_FIGURES: Final[tuple[RequestFigure, ...]] = (
    Figure(
        FigureId.FIRST_CONTACT_MEDIAN,
        "首次响应中位时间",
        "Median time to first contact",
        "首次联系时间 − 提交时间 的中位数;分子 = 已联系的诉求,分母 = 全部提交的诉求",
        "median of (first contact − filing); numerator = requests contacted, denominator = all requests filed",
        Unit.SECONDS,
        Subjects.REQUEST,
        Summary.MEDIAN,
        over=lambda _: True,
        counted=lambda r: r.contacted_at is not None,
        measure=first_contact_s,
    ),
    Figure(
        FigureId.FIRST_CONTACT_P90,
        "首次响应 90 分位时间",
        "90th percentile of time to first contact",
        "90% 的已联系诉求不超过的 首次联系时间 − 提交时间(最近秩);分子 = 已联系的诉求,分母 = 全部提交的诉求",
        "nearest-rank 90th percentile of (first contact − filing); numerator = requests contacted, "
        "denominator = all requests filed",
        Unit.SECONDS,
        Subjects.REQUEST,
        Summary.P90,
        over=lambda _: True,
        counted=lambda r: r.contacted_at is not None,
        measure=first_contact_s,
    ),
    Figure(
        FigureId.RESOLUTION_MEDIAN,
        "办结中位时间",
        "Median time to resolution",
        "办结时间 − 提交时间 的中位数;分子 = 已办结且未被重开的诉求,分母 = 提交的诉求 − 本人撤回 − 合并",
        "median of (resolution − filing); numerator = requests resolved and not reopened since, "
        "denominator = filed − cancelled by requester − merged",
        Unit.SECONDS,
        Subjects.REQUEST,
        Summary.MEDIAN,
        over=counts_as_asked,
        counted=lambda r: r.served and r.resolved_at is not None,
        measure=resolution_s,
    ),
    Figure(
        FigureId.RESOLUTION_P90,
        "办结 90 分位时间",
        "90th percentile of time to resolution",
        "90% 的已办结诉求不超过的 办结时间 − 提交时间(最近秩);"
        "分子 = 已办结且未被重开的诉求,分母 = 提交的诉求 − 本人撤回 − 合并",
        "nearest-rank 90th percentile of (resolution − filing); numerator = requests resolved and not reopened since, "
        "denominator = filed − cancelled by requester − merged",
        Unit.SECONDS,
        Subjects.REQUEST,
        Summary.P90,
        over=counts_as_asked,
        counted=lambda r: r.served and r.resolved_at is not None,
        measure=resolution_s,
    ),
    Figure(
        FigureId.RESOLUTION_RATE,
        "解决率",
        "Resolution rate",
        "本人确认解决 ÷ (已结束 − 本人撤回 − 合并);无人确认而关闭的不算解决",
        "closed confirmed ÷ (ended − cancelled by requester − merged); closed unconfirmed is not resolved",
        Unit.SHARE,
        Subjects.REQUEST,
        Summary.SHARE,
        over=lambda r: r.ended and counts_as_asked(r),
        counted=lambda r: r.stage is Stage.CLOSED_CONFIRMED,
    ),
    Figure(
        FigureId.CONFIRMED_SHARE,
        "确认率",
        "Confirmed share",
        "本人确认解决 ÷ (本人确认解决 + 无人确认而关闭)",
        "closed confirmed ÷ (closed confirmed + closed unconfirmed)",
        Unit.SHARE,
        Subjects.REQUEST,
        Summary.SHARE,
        over=lambda r: r.stage in {Stage.CLOSED_CONFIRMED, Stage.CLOSED_UNCONFIRMED},
        counted=lambda r: r.stage is Stage.CLOSED_CONFIRMED,
    ),
    Figure(
        FigureId.SATISFACTION,
        "服务满意度",
        "Satisfaction",
        "已评价诉求的平均星级(1-5),同时显示 已评价 ÷ 已办结;未评价不计为满意",
        "mean stars (1-5) of rated requests, shown with rated ÷ resolved; unanswered is never satisfied",
        Unit.STARS,
        Subjects.REQUEST,
        Summary.MEAN,
        over=lambda r: r.served,
        counted=lambda r: r.stars is not None,
        measure=stars_of,
    ),
    Figure(
        FigureId.RATED_SHARE,
        "评价率",
        "Rated share",
        "已评价 ÷ 已办结",
        "rated ÷ resolved",
        Unit.SHARE,
        Subjects.REQUEST,
        Summary.SHARE,
        over=lambda r: r.served,
        counted=lambda r: r.stars is not None,
    ),
)

ROOM_FIGURES: Final[tuple[RoomFigure, ...]] = (
    Figure(
        FigureId.COVERAGE,
        "责任区覆盖率",
        "Coverage",
        "位于有效责任区内且责任人可联系的有人房间 ÷ 有人房间",
        "occupied rooms inside an active duty area with a reachable member ÷ occupied rooms",
        Unit.SHARE,
        Subjects.ROOM,
        Summary.SHARE,
        over=lambda _: True,
        counted=lambda room: room.covered,
    ),
)

PERSON_FIGURES: Final[tuple[PersonFigure, ...]] = (
    Figure(
        FigureId.PARTICIPATION,
        "参与率",
        "Participation",
        "参加过活动或服务过已办结诉求的人数(去重) ÷ 在册人数",
        "distinct people who attended an activity or served a resolved request ÷ people",
        Unit.SHARE,
        Subjects.PERSON,
        Summary.SHARE,
        over=lambda _: True,
        counted=lambda person: person.took_part,
    ),
)

FIGURES: Final[tuple[RequestFigure | RoomFigure | PersonFigure, ...]] = (
    *REQUEST_FIGURES,
    *ROOM_FIGURES,
    *PERSON_FIGURES,
)
