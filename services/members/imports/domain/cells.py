"""Sheets, rows and cells, and why one cannot be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_CELLS: Final = 600_000
"""The most filled cells of one file: 20,000 rows with 30 columns."""


class Why(StrEnum):
    """Why a file or one of its cells cannot be read."""

    UNREADABLE = "import.unreadable"
    TOO_LARGE = "import.too_large"
    OLD_WORKBOOK = "import.old_workbook"
    LOCKED_WORKBOOK = "import.locked_workbook"
    OTHER_FORMAT = "import.other_format"
    BROKEN_QUOTES = "import.broken_quotes"
    ENCODING = "import.encoding"
    OTHER_ENCODING = "import.other_encoding"
    GARBLED = "import.garbled"
    NO_VALUE = "import.no_value"
    ERROR_VALUE = "import.error_value"
    TRUTH_VALUE = "import.truth_value"
    DATE_VALUE = "import.date_value"
    LONG_NUMBER = "import.long_number"
    FRACTION = "import.fraction"
    NUMBER_FORMAT = "import.number_format"


class Kind(StrEnum):
    """What a cell holds; a decorated number is shown with more than its digits (1,200 or 40.00)."""

    TEXT = "text"
    NUMBER = "number"
    DECORATED = "decorated"
    TRUTH = "truth"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled cell: its text as people see it; `why` tells why that cannot be taken for what was meant."""

    text: str
    kind: Kind = Kind.TEXT
    why: Why | None = None


def wrong(why: Why, text: str = "") -> Cell:
    """Return a cell that cannot be read."""
    return Cell(text, Kind.WRONG, why)


@dataclass(frozen=True, slots=True)
class Row:
    """A row with something in it: its number, and its filled cells by column (from 0)."""

    number: int
    cells: Mapping[int, Cell]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """Cells that were merged into one: the first and the last row and column."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, or a text file (which has no name); only rows with something in them are kept."""

    name: str
    rows: Sequence[Row]
    hidden: bool = False
    hidden_columns: Sequence[tuple[int, int]] = ()
    merged: Sequence[Area] = ()

    def hides(self, column: int) -> bool:
        """Tell whether a column is hidden."""
        return any(first <= column <= last for first, last in self.hidden_columns)


def letters(column: int) -> str:
    """Return what a spreadsheet calls a column (from 0): A to Z, then AA."""
    name, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
