"""What the number of a spreadsheet's cell looks like: read as it is shown, or not at all."""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from services.members.imports.domain.cells import Cell, Kind, Why, wrong

_SURE_DIGITS: Final = 15
"""A spreadsheet keeps so many digits of a number, and makes zeros of the others."""
_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""The built-in formats of dates and times, those of East Asia too."""
_ORNAMENT: Final = re.compile(r"\[[^\]]*\]|_.|\*.|\\ ")
"""Colours, paddings and fillings: they add no character that people read."""
_PLAIN: Final = re.compile(r"#*(0*)")
_WITHOUT_ZERO: Final = 2
"""The third section of a format code, where there is one, is for zero."""
_DECORATED: Final = re.compile(r"[#0,.?()\- ]+")


def format_of(number: int, own: dict[int, str]) -> str | None:
    """Return the format code of a style's format number; None for a date or a time."""
    code = own.get(number)
    if code is None and number in _DATES:
        return None
    if code is None:
        code = BUILTIN_FORMATS.get(number, "General")
    return None if is_date_format(code) else code


def number_cell(raw: str, code: str | None) -> Cell:
    """Return the cell of a number with this format code (None: a date)."""
    try:
        value = Decimal(raw.strip())
    except InvalidOperation:
        return wrong(Why.UNREADABLE, raw)
    if not value.is_finite():
        return wrong(Why.UNREADABLE, raw)
    if code is None:
        return wrong(Why.DATE_VALUE, raw)
    if abs(value.adjusted()) >= _SURE_DIGITS and value:
        return wrong(Why.LONG_NUMBER, raw)
    if value != value.to_integral_value():
        return wrong(Why.FRACTION, raw)
    return _as_shown(int(value), code)


def _as_shown(value: int, code: str) -> Cell:
    sections = code.split(";")
    first = _ORNAMENT.sub("", sections[0]).strip()
    if first.lower() in {"general", "@", ""}:
        return Cell(str(value), Kind.NUMBER)
    plain = _PLAIN.fullmatch(first)
    if plain and (value > 0 or (value == 0 and plain[1] and len(sections) <= _WITHOUT_ZERO)):
        return Cell(str(value).zfill(len(plain[1])), Kind.NUMBER)
    if (plain or _DECORATED.fullmatch(first)) and value >= 0:
        return Cell(str(value), Kind.DECORATED)
    return wrong(Why.NUMBER_FORMAT, str(value))
