"""Reads sheets into lines: finds the heading, and leaves out nothing in silence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.members.imports.domain.cells import Row, Sheet, letters
from services.members.imports.domain.column_values import REQUIRED, value_in
from services.members.imports.domain.column_words import HEADINGS, heading_of
from services.members.imports.domain.faults import Fault, Faults, short, told_value
from services.members.imports.domain.kinds import EXAMPLE, What, Why
from shared.refusal import Refusal

MOST_ROWS: Final = 20_000
"""The most rows of one file, all its sheets together."""
_HEADING_WITHIN: Final = 20
"""The heading is one of the first rows that are not blank; above it may stand a title and remarks."""
_ENOUGH: Final = 2
"""A row with so many known headings is the heading, unless a later one has more."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row that was read: its key (account name, place id or unit id), and its filled cells by column."""

    number: int
    key: str
    cells: Mapping[str, Any]
    sheet: str = ""
    headings: Mapping[str, str] = field(default_factory=dict[str, str])

    def fault(self, column: str, code: str, value: object = "", params: Mapping[str, Any] | None = None) -> Fault:
        """Return a fault of this line, in the words of its file."""
        heading = self.headings.get(column, column)
        return Fault(self.number, heading, code, short(value), column, self.sheet, params)


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a sheet: the row, and by its place each column's own name (None: unknown) and its words."""

    number: int
    columns: Mapping[int, str | None]
    words: Mapping[int, str]

    def is_plain(self) -> bool:
        """Tell whether the headings are not Chinese."""
        return all(words.isascii() for words in self.words.values())

    def names(self, column: int) -> str:
        """Return what the file calls a column: its heading, or the letters of the spreadsheet."""
        return self.words.get(column) or letters(column)


def read(
    what: What, sheets: Sequence[Sheet], known: frozenset[tuple[str, ...]] = frozenset()
) -> tuple[list[Line], Faults]:
    """Read every sheet into lines and faults; refuses a file without rows, or with too many.

    `known` are rows that may be left out, because we wrote them ourselves: a sheet of nothing else explains a template.
    """
    filled = [sheet for sheet in sheets if sheet.rows and not _explains(sheet, known)]
    if not filled:
        raise Refusal(Why.EMPTY)
    headings = [find_heading(what, sheet) for sheet in filled]
    if not any(headings):
        headings[0] = _heading(what, filled[0].rows[0])
    faults = Faults()
    reader = _Reader(what, faults)
    for sheet, heading in zip(filled, headings, strict=True):
        if heading is None:
            faults.add(Fault(0, "", Why.NO_HEADING, sheet=sheet.name))
        else:
            reader.take(sheet, heading)
    return reader.lines, faults


def find_heading(what: What, sheet: Sheet) -> Heading | None:
    """Return the heading: of the first rows the one with most known headings, if it has enough of them."""
    found = [_heading(what, row) for row in sheet.rows[:_HEADING_WITHIN]]
    best = max(found, key=_known_columns, default=None)
    return best if best is not None and _known_columns(best) >= _ENOUGH else None


def _known_columns(heading: Heading) -> int:
    return len({name for name in heading.columns.values() if name is not None})


def _heading(what: What, row: Row) -> Heading:
    words = {column: short(cell.text.strip()) for column, cell in row.cells.items()}
    columns = {column: None if cell.why else heading_of(what, cell.text) for column, cell in row.cells.items()}
    return Heading(row.number, columns, words)


def _explains(sheet: Sheet, known: frozenset[tuple[str, ...]]) -> bool:
    """Tell whether a sheet has only rows that we wrote ourselves."""
    return all(all(cell.why is None for cell in row.cells.values()) and _texts(row) in known for row in sheet.rows)


def _texts(row: Row) -> tuple[str, ...]:
    return tuple(cell.text for cell in row.cells.values())


class _Reader:
    """Reads sheet after sheet of one file."""

    def __init__(self, what: What, faults: Faults) -> None:
        self.lines: list[Line] = []
        self._what, self._faults = what, faults
        self._seen: set[str] = set()
        self._rows = 0

    def take(self, sheet: Sheet, heading: Heading) -> None:
        """Read one sheet."""
        if sheet.hidden:
            self._faults.add(Fault(0, "", Why.HIDDEN_SHEET, sheet=sheet.name))
        if not self._heading_fits(sheet, heading):
            return
        fields = {name: heading.words[column] for column, name in heading.columns.items() if name is not None}
        self._merged(sheet, heading)
        self._hidden_columns(sheet, heading)
        for row in sheet.rows:
            if row.number < heading.number:
                self._above(sheet, heading, row)
            if row.number > heading.number:
                self._row(sheet, heading, fields, row)

    def _heading_fits(self, sheet: Sheet, heading: Heading) -> bool:
        names = [name for name in heading.columns.values() if name is not None]
        before = self._faults.count
        for name in REQUIRED[self._what]:
            if name not in names:
                words = name if heading.is_plain() else HEADINGS[self._what][name][0]
                self._faults.add(Fault(heading.number, words, Why.MISSING_COLUMN, field=name, sheet=sheet.name))
        row = next(one for one in sheet.rows if one.number == heading.number)
        for column, name in heading.columns.items():
            words, why = heading.names(column), row.cells[column].why
            if name is None:
                self._faults.add(Fault(heading.number, words, why or Why.UNKNOWN_COLUMN, sheet=sheet.name))
            elif names.count(name) > 1:
                self._faults.add(Fault(heading.number, words, Why.DUPLICATE_COLUMN, "", name, sheet.name))
        return self._faults.count == before

    def _merged(self, sheet: Sheet, heading: Heading) -> None:
        rows = {row.number: row for row in sheet.rows}
        for area in sheet.merged:
            filled = area.top in rows and area.left in rows[area.top].cells
            if area.bottom >= heading.number and filled and (area.top, area.left) != (area.bottom, area.right):
                self._faults.add(Fault(area.top, heading.names(area.left), Why.MERGED, sheet=sheet.name))

    def _hidden_columns(self, sheet: Sheet, heading: Heading) -> None:
        if not sheet.hidden_columns:
            return
        columns = {column for row in sheet.rows for column in row.cells if row.number >= heading.number}
        for column in sorted(columns):
            if sheet.hides(column):
                self._faults.add(Fault(0, heading.names(column), Why.HIDDEN_COLUMN, sheet=sheet.name))

    def _above(self, sheet: Sheet, heading: Heading, row: Row) -> None:
        """Tell a row above the heading that is no title and no remark: it has what every row must have."""
        scratch = Faults()
        cells = self._cells(sheet, heading, {}, row, scratch)
        if all(name in cells for name in REQUIRED[self._what]):
            self._faults.add(Fault(row.number, "", Why.ABOVE_HEADING, sheet=sheet.name))

    def _row(self, sheet: Sheet, heading: Heading, fields: Mapping[str, str], row: Row) -> None:
        self._rows += 1
        if self._rows > MOST_ROWS:
            raise Refusal(Why.TOO_MANY_ROWS, most=MOST_ROWS)
        if row.hidden:
            self._faults.add(Fault(row.number, "", Why.HIDDEN_ROW, sheet=sheet.name))
        first = row.cells[min(row.cells)].text.strip()
        if first.lower().startswith(EXAMPLE):
            self._faults.add(Fault(row.number, "", Why.EXAMPLE_ROW, short(first), sheet=sheet.name))
            return
        cells = self._cells(sheet, heading, fields, row, self._faults)
        key = cells.get(REQUIRED[self._what][0])
        if key is None:
            return
        line = Line(row.number, key, cells, sheet.name, fields)
        if key in self._seen:
            self._faults.add(line.fault(REQUIRED[self._what][0], Why.DUPLICATE_ROW, key))
        self._seen.add(key)
        self.lines.append(line)

    def _cells(
        self, sheet: Sheet, heading: Heading, fields: Mapping[str, str], row: Row, faults: Faults
    ) -> dict[str, Any]:
        cells: dict[str, Any] = {}
        for column, cell in row.cells.items():
            name = heading.columns.get(column)
            if name is None:
                value = short(cell.text)
                faults.add(Fault(row.number, heading.names(column), Why.BEYOND_HEADING, value, "", sheet.name))
                continue
            try:
                cells[name] = value_in(self._what, name, cell)
            except Refusal as refusal:
                words, value = heading.names(column), told_value(refusal)
                faults.add(Fault(row.number, words, refusal.code, value, name, sheet.name, refusal.params))
        filled = {heading.columns.get(column) for column in row.cells}
        for name in REQUIRED[self._what]:
            if name not in filled:
                faults.add(Fault(row.number, fields.get(name, name), Why.REQUIRED, "", name, sheet.name))
        return cells
