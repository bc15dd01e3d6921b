"""What a text file with separated values says."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from services.members.imports.domain.cells import MOST_CELLS, Cell, Row, Sheet, Why, wrong
from services.members.imports.domain.encodings import is_broken, is_garbled, text_of
from shared.refusal import Refusal

_SEPARATORS: Final = (",", "\t", ";")
_TOLD: Final = re.compile(r'"?sep=(.)"?(?:\r\n|\r|\n|$)', re.IGNORECASE)
"""The first line by which some files tell spreadsheets their separator."""
_LOOKED_AT: Final = 30
_QUOTED: Final = re.compile(r'".*"', re.DOTALL)
BLANKS: Final = " \t\r\n\v\f\x85\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff\u00ad"
"""Characters that show nothing, as a part of a pattern."""
_BLANK: Final = re.compile(f"[{BLANKS}]*")


def is_blank(text: str) -> bool:
    """Tell whether a text shows nothing."""
    return _BLANK.fullmatch(text) is not None


def sheet_of_text(raw: bytes, knows: Callable[[str], bool]) -> Sheet:
    """Read separated values; the separator is the one by which the first rows have most cells that are `knows`n."""
    text = text_of(raw)
    told = _TOLD.match(text)
    if told:
        text, separator, before = text[told.end() :], told[1], 1
    else:
        separator, before = max(_SEPARATORS, key=lambda one: _known(text, one, knows)), 0
    rows: list[Row] = []
    filled = 0
    for number, record in enumerate(_records(text, separator), start=1 + before):
        cells = {column: read_text(cell) for column, cell in enumerate(record) if not is_blank(cell)}
        filled += len(cells)
        if filled > MOST_CELLS:
            raise Refusal(Why.TOO_LARGE, most=MOST_CELLS)
        if cells:
            rows.append(Row(number, cells))
    return Sheet("", rows)


def read_text(text: str) -> Cell:
    """Return the cell with this text, or why it cannot be what was meant."""
    if text.isascii() and '"' not in text:
        return Cell(text)
    if is_broken(text):
        return wrong(Why.ENCODING, text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))
    if is_garbled(text):
        return wrong(Why.GARBLED, text)
    if _QUOTED.fullmatch(text.strip()):
        return wrong(Why.BROKEN_QUOTES, text)
    return Cell(text)


def _known(text: str, separator: str, knows: Callable[[str], bool]) -> int:
    """Return the most cells of one of the first rows that are known; one alone is no heading."""
    try:
        most = max((sum(map(knows, record)) for record in islice(_records(text, separator), _LOOKED_AT)), default=0)
    except Refusal:
        return 0
    return most if most > 1 else 0


def _records(text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        yield from reader
    except csv.Error:
        raise Refusal(Why.BROKEN_QUOTES, line=reader.line_num) from None
