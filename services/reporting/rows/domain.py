"""Rows: every fact fills the cells that its contract names, and rows merge, in any order and with any duplicates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, cast

from pydantic import BaseModel

from shared.contracts.catalog import FACTS
from shared.contracts.cells import Aggregate, Keep
from shared.contracts.event import Event, Fact

Values = Mapping[str, Any]
_NOTHING: Final[Values] = MappingProxyType({})


class Why(StrEnum):
    """Why a question about rows is refused."""

    UNKNOWN = "row.unknown"


@dataclass(frozen=True, slots=True)
class CellValue:
    """What one sort of fact told, and the version `v` of the aggregate that told it."""

    v: int
    values: Values
    keep: Keep = Keep.LAST


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one aggregate.

    `seen` holds the versions whose facts were merged (its size counts the distinct facts); `learnt_at` is the earliest
    moment at which its first fact (for a request: the filing) was merged, None while that one has not come.
    """

    kind: Aggregate
    key: str
    cells: Mapping[str, CellValue]
    seen: frozenset[int]
    learnt_at: datetime | None = None

    def values(self, cell: str) -> Values:
        """Return what a cell says: nothing when it is not filled."""
        filled = self.cells.get(cell)
        return _NOTHING if filled is None else filled.values

    def version(self, cell: str) -> int:
        """Return the version that filled a cell: one below every version when it is not filled."""
        filled = self.cells.get(cell)
        return -1 if filled is None else filled.v


LATEST: Final = "latest"
"""The cell of the newest fact's code and time, which every fact fills."""


VISIBILITY_CELLS: Final = tuple(
    name
    for fact in FACTS
    if fact.AGGREGATE is Aggregate.REQUEST and "visibility" in fact.model_fields
    for name, cell in fact.cells().items()
    if not cell.fields
)
"""The cells of a request that tell who may see it: the strictest of them holds."""


def project(event: Event[Fact], at: datetime) -> Row:
    """Return the row that this one event, heard at `at`, comes to."""
    fact = event.data
    values = cast("dict[str, Any]", plain(fact))
    cells = {LATEST: CellValue(event.version, {"code": fact.code(), "at": event.time})}
    for name, cell in fact.cells().items():
        told = {field: values[field] for field in cell.fields} if cell.fields else {**values, **cell.adds}
        cells[cell_name(name, values)] = CellValue(event.version, told, cell.keep)
    key = event.subject if fact.KEY is None else str(values[fact.KEY])
    return Row(fact.AGGREGATE, key, cells, frozenset({event.version}), at if fact.BEGINS else None)


def cell_name(template: str, values: Values) -> str:
    """Fill a cell's name with the fact's ids; dots and dollars, which paths in a store give a meaning, are escaped."""
    if "{" not in template:
        return template
    return template.format_map(values).replace(".", "%2E").replace("$", "%24")


def plain(value: object) -> object:
    """Return the value as text, numbers, times, lists and dictionaries: nothing that only this language knows."""
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [plain(item) for item in cast("tuple[object, ...]", value)]
    return value


def later(one: CellValue, other: CellValue) -> CellValue:
    """Return the cell that stays of two fillings of the same cell."""
    if one.keep is Keep.FIRST:
        return one if one.v <= other.v else other
    return one if one.v >= other.v else other


def merge(one: Row, other: Row) -> Row:
    """Return what both rows of the same aggregate know together; commutative, associative and idempotent."""
    cells = dict(one.cells)
    for name, cell in other.cells.items():
        cells[name] = later(cells[name], cell) if name in cells else cell
    moments = [moment for moment in (one.learnt_at, other.learnt_at) if moment is not None]
    return replace(one, cells=cells, seen=one.seen | other.seen, learnt_at=min(moments, default=None))


def merge_all(rows: Iterable[Row]) -> Mapping[tuple[Aggregate, str], Row]:
    """Merge rows of many aggregates: one row for each, by kind and key."""
    merged: dict[tuple[Aggregate, str], Row] = {}
    for row in rows:
        which = (row.kind, row.key)
        merged[which] = merge(merged[which], row) if which in merged else row
    return merged
