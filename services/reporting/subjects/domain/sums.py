"""Running sums over records, behind one narrow interface: who reads them does not know how they are kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

from services.reporting.subjects.domain.figure import Figure, Unit, value_of
from services.reporting.subjects.domain.ids import FigureId
from services.reporting.subjects.domain.scope import building_or_place

R = TypeVar("R")
T = TypeVar("T")

EVERYWHERE: Final = ""
"""The key of what is summed over all buildings."""

Key = tuple[str, str | int]
"""A sum, or an ordered list: its group and its key within the group."""


@dataclass(frozen=True, slots=True)
class Derived(Generic[T]):
    """What is worked out of records and sums, and stays as it is until one of these changes."""

    of: Callable[["Sums"], T]
    records: tuple[type[Any], ...]
    groups: tuple[str, ...] = ()


class Sums(Protocol):
    """Everything that is known and summed."""

    @property
    def events(self) -> int:
        """How many distinct facts it rests on."""
        ...

    def records(self, kind: type[R]) -> Mapping[str, R]:
        """Return the records of a class by their ids."""
        ...

    def count(self, group: str, key: str | int = EVERYWHERE) -> int:
        """Return one sum, 0 when nothing counts in it."""
        ...

    def group(self, name: str) -> Mapping[str, int]:
        """Return the sums of a group whose keys are texts, ascending by key."""
        ...

    def ordered(self, group: str, key: str | int = EVERYWHERE) -> Sequence[Any]:
        """Return what is in an ordered list, ascending."""
        ...

    def derived(self, what: Derived[T]) -> T:
        """Return what is worked out, anew only when something that it rests on has changed."""
        ...


@dataclass(frozen=True, slots=True)
class FigureValue:
    """A figure's present value and the sizes of its two sides; None when nothing can be measured."""

    id: FigureId
    value: float | None
    unit: Unit
    numerator: int
    denominator: int


def figure_sums(figures: Iterable[Figure[R]], record: R, place: str) -> Iterator[Key]:
    """Name the sums of both sides of these figures that the record counts in."""
    scopes = (EVERYWHERE, building_or_place(place))
    for figure in figures:
        if figure.over(record):
            for scope in scopes:
                yield "over", f"{figure.id}@{scope}"
                if figure.counted(record):
                    yield "counted", f"{figure.id}@{scope}"


def figure_measures(figures: Iterable[Figure[R]], record: R, place: str) -> Iterator[tuple[Key, float]]:
    """Name the lists of measures of these figures that the record has a number in, with that number."""
    scopes = (EVERYWHERE, building_or_place(place))
    for figure in figures:
        if figure.over(record) and figure.counted(record) and (number := figure.measure(record)) is not None:
            for scope in scopes:
                yield ("measure", f"{figure.id}@{scope}"), number


def summed_value(sums: Sums, figure: Figure[Any], building: str = EVERYWHERE) -> FigureValue:
    """Return a figure's value from the running sums."""
    scoped = f"{figure.id}@{building}"
    counted, over = sums.count("counted", scoped), sums.count("over", scoped)
    value = value_of(figure.summary, counted, over, sums.ordered("measure", scoped))
    return FigureValue(FigureId(figure.id), value, figure.unit, counted, over)
