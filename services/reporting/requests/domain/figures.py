"""The figures of requests, each with the formula that it may be held to."""

from typing import Final

from services.reporting.requests.domain.record import RequestRecord
from services.reporting.subjects.domain.figure import Figure, Summary, Unit
from services.reporting.subjects.domain.ids import FigureId
from shared.contracts.stages import Stage


def first_contact_s(request: RequestRecord) -> float | None:
    """Seconds from filing to first contact."""
    return None if request.contacted_at is None else max(0.0, (request.contacted_at - request.filed_at).total_seconds())


def resolution_s(request: RequestRecord) -> float | None:
    """Seconds from filing to the resolution that still stands."""
    return None if request.resolved_at is None else max(0.0, (request.resolved_at - request.filed_at).total_seconds())


def stars_of(request: RequestRecord) -> float | None:
    """The stars given; a request without an answer has none, and is never counted as satisfied."""
    return None if request.stars is None else float(request.stars)


def counts_as_asked(request: RequestRecord) -> bool:
    """Tell whether a request asked for something that the community had to do: not withdrawn, not merged."""
    return not request.cancelled_by_requester and request.stage is not Stage.MERGED


FIGURES: Final[tuple[Figure[RequestRecord], ...]] = (
    Figure(
        FigureId.FIRST_CONTACT_MEDIAN,
        "首次响应中位时间",
        "Median time to first contact",
        "首次联系时间 − 提交时间 的中位数;分子 = 已联系的诉求,分母 = 全部提交的诉求",
        "median of (first contact − filing); numerator = requests contacted, denominator = all requests filed",
        Unit.SECONDS,
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
        Summary.SHARE,
        over=lambda r: r.served,
        counted=lambda r: r.stars is not None,
    ),
)
