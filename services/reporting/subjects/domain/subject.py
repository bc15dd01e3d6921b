"""What a subject of figures declares: its records and the rows that they come from, its figures, how one is shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from services.reporting.rows.domain import Row
from services.reporting.subjects.domain.figure import Answer, Figure, value_of
from services.reporting.subjects.domain.ids import FigureId
from services.reporting.subjects.domain.scope import EVERYTHING, Class, Scope
from services.reporting.subjects.domain.sums import FigureValue, Key, Sums, summed_value
from shared.contracts.cells import Aggregate
from shared.refusal import Refusal

R = TypeVar("R")


class Why(StrEnum):
    """Why a question about figures is refused."""

    UNKNOWN = "figure.unknown"
    NO_VALUE = "figure.no_value"
    BASELINE_FROZEN = "figure.baseline_frozen"
    SCOPE_UNFIT = "figure.scope_unfit"


class Subjects(StrEnum):
    """What a figure counts."""

    REQUEST = "request"
    ROOM = "room"
    PERSON = "person"
    ACTIVITY = "activity"


@dataclass(frozen=True, slots=True)
class Source(Generic[R]):
    """How rows of one aggregate become records.

    `read` returns None while the fact that a row begins with has not come. `sums` names every sum that a record counts
    in, once each, and `ordered` every ordered list that it is in, with what stands for it there. `apart` tells what is
    kept instead of a record that no number may know of: neither it nor its facts are counted.
    """

    aggregate: Aggregate
    record: type[R]
    read: Callable[[Row], R | None]
    sums: Callable[[R], Iterable[Key]] = lambda _: ()
    ordered: Callable[[R], Iterable[tuple[Key, Any]]] = lambda _: ()
    apart: Callable[[R], object | None] = lambda _: None
    unread_counts: bool = True
    """Whether facts count before there is a record."""


@dataclass(frozen=True, slots=True)
class Subject(Generic[R]):
    """What figures count: records, where each belongs (None: they are nowhere), of which class it is, how it is shown.

    `counts` are figures that a board shows as plain numbers; they may depend on the time. `summed` tells that the
    figures' sums are kept running; else they are answered from the records.
    """

    kind: Subjects
    records: Callable[[Sums], Mapping[str, R]]
    sources: tuple[Source[Any], ...] = ()
    figures: tuple[Figure[R], ...] = ()
    counts: Callable[[datetime], tuple[Figure[R], ...]] = lambda _: ()
    place: Callable[[R], str | None] | None = None
    place_shown: Callable[[R], str | None] = lambda _: None
    stage: Callable[[R, datetime], str | None] = lambda _, __: None
    class_of: Callable[[R], Class] | None = None
    summed: bool = False


def answer(subject: Subject[R], figure: Figure[R], sums: Sums, scope: Scope = EVERYTHING) -> Answer:
    """Answer a figure from the subject's records in the scope; refuses a scope that these cannot be asked for."""
    place, class_of, dated = subject.place, subject.class_of, figure.dated
    unplaced, unclassed = place is None and scope.placed, class_of is None and scope.classed
    if unplaced or unclassed or (dated is None and scope.timed):
        raise Refusal(Why.SCOPE_UNFIT, figure=figure.id)
    over = {
        key: record
        for key, record in subject.records(sums).items()
        if figure.over(record)
        and (place is None or scope.holds_place(place(record)))
        and (class_of is None or scope.holds_class(*class_of(record)))
    }
    counted = {
        key: record
        for key, record in over.items()
        if figure.counted(record) and (dated is None or scope.holds_moment(dated(record)))
    }
    measures = sorted(number for number in map(figure.measure, counted.values()) if number is not None)
    value = value_of(figure.summary, len(counted), len(over), measures)
    return Answer(value, tuple(sorted(counted)), tuple(sorted(over)))


def value_now(subject: Subject[R], figure: Figure[R], sums: Sums) -> FigureValue:
    """Return a figure's present value over the whole community."""
    if subject.summed:
        return summed_value(sums, figure)
    found = answer(subject, figure, sums)
    sizes = len(found.numerator_ids), len(found.denominator_ids)
    return FigureValue(FigureId(figure.id), found.value, figure.unit, *sizes)
