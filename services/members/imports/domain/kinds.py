"""Kinds of files, and why a file, a column or a cell is refused."""

from enum import Enum, StrEnum
from typing import Final


class Why(StrEnum):
    """Why a file, a sheet, a column, a row or a cell is refused."""

    TOO_MANY_ROWS = "import.too_many_rows"
    EMPTY = "import.empty"
    NO_HEADING = "import.no_heading"
    MISSING_COLUMN = "import.missing_column"
    UNKNOWN_COLUMN = "import.unknown_column"
    DUPLICATE_COLUMN = "import.duplicate_column"
    ABOVE_HEADING = "import.above_heading"
    BEYOND_HEADING = "import.beyond_heading"
    HIDDEN_SHEET = "import.hidden_sheet"
    HIDDEN_ROW = "import.hidden_row"
    HIDDEN_COLUMN = "import.hidden_column"
    MERGED = "import.merged"
    EXAMPLE_ROW = "import.example_row"
    DUPLICATE_ROW = "import.duplicate_row"
    REQUIRED = "import.required"
    BAD_VALUE = "import.bad_value"
    CANNOT_CLEAR = "import.cannot_clear"
    UNKNOWN_PLACE = "import.unknown_place"
    AMBIGUOUS_PLACE = "import.ambiguous_place"
    UNKNOWN_UNIT = "import.unknown_unit"
    AMBIGUOUS_UNIT = "import.ambiguous_unit"


class What(StrEnum):
    """What a file holds."""

    PEOPLE = "people"
    PLACES = "places"
    UNITS = "units"


class Clear(Enum):
    """What a cell says that asks to clear what is known; an empty cell keeps it."""

    CLEAR = "clear"


CLEAR: Final = Clear.CLEAR
"""The value of a cell that asks to clear what is known."""
CLEARED: Final = frozenset({"清空", "(清空)", "(clear)"})
"""The words for that, as `plain` has them."""
EXAMPLE: Final = ("示例", "example:")
"""How the first cell of an example row begins."""
