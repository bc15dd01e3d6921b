"""Rows: every fact fills the cells that its contract names, and rows merge, in any order and with any duplicates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, cast

from pydantic import BaseModel

from shared.contracts.catalog import FACTS
from shared.contracts.cells import Aggregate, Keep
from shared.contracts.event import Event, Fact

Values = Mapping[str, object]


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


LATEST: Final = "latest"
"""The cell of the newest fact's code and time, which every fact fills."""


def cell_name(template: str, fact: type[Fact], values: Values) -> str:
    """Fill a cell's name with the fact's ids; dots and dollars, which paths in a store give a meaning, are escaped."""
    name = template.format_map({**values, "fact": fact.code().rpartition(".")[2]}) if "{" in template else template
    return name.replace(".", "%2E").replace("$", "%24")


VISIBILITY_CELLS: Final = tuple(
    cell_name(cell.name, fact, {})
    for fact in FACTS
    if fact.AGGREGATE is Aggregate.REQUEST and "visibility" in fact.model_fields
    for cell in fact.CELLS
    if not cell.fields
)
"""The cells of a request that tell who may see it: the strictest of them holds."""


def learn(event: Event[Fact], at: datetime) -> Row:
    """Return the row that knows this one event, heard at `at`."""
    fact = event.data
    values = cast("dict[str, object]", plain(fact))
    cells = {LATEST: CellValue(event.version, {"code": fact.code(), "at": event.time})}
    for cell in fact.CELLS:
        told = {name: values[name] for name in cell.fields} if cell.fields else {**values, **cell.adds}
        cells[cell_name(cell.name, type(fact), values)] = CellValue(event.version, told, cell.keep)
    key = event.subject if fact.KEY is None else str(values[fact.KEY])
    return Row(fact.AGGREGATE, key, cells, frozenset({event.version}), at if fact.BEGINS else None)


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
    board: dict[tuple[Aggregate, str], Row] = {}
    for row in rows:
        place = (row.kind, row.key)
        board[place] = merge(board[place], row) if place in board else row
    return board
