"""One sheet of a workbook, read as a stream of elements."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openpyxl.utils.escape import unescape

from services.members.imports.domain.cells import MOST_CELLS, Area, Cell, Kind, Row, Sheet, Why, wrong
from services.members.imports.domain.numbers import number_cell
from services.members.imports.domain.separated_values import is_blank, read_text
from shared.refusal import Refusal

_REFERENCE: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
_TRUE: Final = frozenset({"1", "true"})
_KINDS: Final = {"e": Why.ERROR_VALUE, "d": Why.DATE_VALUE}
_MOST_MERGED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Style:
    """How a cell shows a number: the code of its format, None for a date."""

    code: str | None


_GENERAL: Final = Style("General")


def _place(reference: str) -> tuple[int, int]:
    """Return row (from 1) and column (from 0) of a reference such as AB12; refuses what is none."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise Refusal(Why.UNREADABLE, form="xlsx")
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column - 1


class SheetReader:
    """Takes the elements of a sheet one after the other; what the sheet says about its own size is not believed."""

    def __init__(
        self, strings: Sequence[Cell | None], styles: Sequence[Style], *, stale: bool, most: int = MOST_CELLS
    ) -> None:
        """Read with these strings and styles; `stale` when the workbook says that its formulas must be calculated."""
        self._strings, self._styles, self._stale, self._most = strings, styles, stale, most
        self.filled = 0
        self._rows: dict[int, Row] = {}
        self._merged: list[Area] = []
        self._hidden: list[tuple[int, int]] = []
        self._number, self._column, self._row_hidden = 0, -1, False
        self._cells: dict[int, Cell] = {}
        self._inside: list[str] = []
        self._cell: Mapping[str, str] | None = None
        self._formula, self._valued = False, False
        self._value: list[str] = []

    def sheet(self, name: str, *, hidden: bool) -> Sheet:
        """Return what was read."""
        rows = [self._rows[number] for number in sorted(self._rows)]
        return Sheet(name, rows, hidden, self._hidden, self._merged)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take the beginning of an element."""
        self._inside.append(tag)
        if self._cell is not None:
            self._formula |= tag == "f"
            self._valued |= tag == "v"
        elif tag == "c" and self._inside[-2:-1] == ["row"]:
            self._start_cell(attributes)
        elif tag == "row" and self._inside[-2:-1] == ["sheetData"]:
            self._start_row(attributes)
        elif tag == "mergeCell":
            self._merge(attributes["ref"])
        elif tag == "col" and (attributes.get("hidden") in _TRUE or _is_nothing(attributes.get("width"))):
            self._hidden.append((int(attributes["min"]) - 1, int(attributes["max"]) - 1))

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        self._inside.pop()
        if tag == "c" and self._inside[-1:] == ["row"] and self._cell is not None:
            self._end_cell(self._cell)
            self._cell = None
        elif tag == "row" and self._inside[-1:] == ["sheetData"] and self._cells:
            self._rows[self._number] = Row(self._number, self._cells, self._row_hidden)
            self._cells = {}

    def text(self, data: str) -> None:
        """Take a piece of text: the value of a cell, or a part of its own string."""
        if self._cell is None:
            return
        if self._inside[-1] == "v" or (self._inside[-1] == "t" and "is" in self._inside and "rPh" not in self._inside):
            self._value.append(data)

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        self._number = int(attributes.get("r", self._number + 1))
        self._column = -1
        self._row_hidden = attributes.get("hidden") in _TRUE or _is_nothing(attributes.get("ht"))
        if not 1 <= self._number <= _MOST_ROWS or self._number in self._rows:
            raise Refusal(Why.UNREADABLE, form="xlsx")

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        row, column = _place(attributes["r"]) if "r" in attributes else (self._number, self._column + 1)
        if row != self._number or not 0 <= column < _MOST_COLUMNS or column in self._cells:
            raise Refusal(Why.UNREADABLE, form="xlsx")
        self._cell, self._column = attributes, column
        self._formula, self._valued, self._value = False, False, []

    def _end_cell(self, attributes: Mapping[str, str]) -> None:
        cell = self._read(attributes, "".join(self._value))
        if cell is None:
            return
        self.filled += 1
        if self.filled > self._most:
            raise Refusal(Why.TOO_LARGE, most=MOST_CELLS)
        self._cells[self._column] = cell

    def _read(self, attributes: Mapping[str, str], value: str) -> Cell | None:  # noqa: PLR0911 - one for each type
        """Return the cell, or None for one that is empty."""
        kind = attributes.get("t", "n")
        if self._formula and (self._stale or not self._valued or (not value and kind != "str")):
            return wrong(Why.NO_VALUE)
        if not value.strip():
            return None
        if kind == "s":
            return self._strings[int(value)]
        if kind in {"str", "inlineStr"}:
            return text_cell(unescape(value))
        if kind == "n":
            return number_cell(value, self._style(attributes).code)
        if kind == "b":
            return Cell("TRUE" if value in _TRUE else "FALSE", Kind.TRUTH)
        return wrong(_KINDS.get(kind, Why.UNREADABLE), value)

    def _style(self, attributes: Mapping[str, str]) -> Style:
        number = int(attributes.get("s", "0"))
        return self._styles[number] if self._styles else _GENERAL

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        (top, left), (bottom, right) = _place(first), _place(last or first)
        self._merged.append(Area(top, left, bottom, right))
        if len(self._merged) > _MOST_MERGED:
            raise Refusal(Why.TOO_LARGE, most=_MOST_MERGED)


def text_cell(text: str) -> Cell | None:
    """Return the cell with a text, or None when there is nothing to see in it."""
    return None if is_blank(text) else read_text(text)


def _is_nothing(size: str | None) -> bool:
    return size is not None and float(size) == 0
