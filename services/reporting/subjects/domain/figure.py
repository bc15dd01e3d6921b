"""Figures as data: what each counts, over what, in which words; and the arithmetic over them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar, assert_never

from services.reporting.subjects.domain.ids import CountId, FigureId

R = TypeVar("R")


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


@dataclass(frozen=True, slots=True)
class Figure(Generic[R]):
    """A figure's definition.

    `over` picks the denominator, `counted` the numerator within it, `measure` the number of a counted record (None for
    shares), `dated` the moment by which a span of time picks it. The formula is what a reader may hold us to.
    """

    id: FigureId | CountId
    name_zh: str
    name_en: str
    formula_zh: str
    formula_en: str
    unit: Unit
    summary: Summary
    over: Callable[[R], bool]
    counted: Callable[[R], bool]
    measure: Callable[[R], float | None] = lambda _: None
    dated: Callable[[R], datetime | None] | None = None


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


def share(part: float, whole: float) -> float | None:
    """Return part ÷ whole, or None when the whole is nothing."""
    return part / whole if whole else None


def median(ordered: Sequence[float]) -> float | None:
    """Return the middle value of ascending values (the mean of the middle two), None for none."""
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def p90(ordered: Sequence[float]) -> float | None:
    """Return the least of ascending values that at least 90 % do not exceed (nearest rank), None for none."""
    return ordered[math.ceil(0.9 * len(ordered)) - 1] if ordered else None
