"""Key-set pages: a list is read in one order, and a cursor tells behind which item the next page begins.

An order names its sort keys once; the sorting, the filter of what comes next and the cursors follow from it. A cursor
is opaque to callers: a value for each key, in a form that a pattern tells wholly. Whatever matches the pattern is some
position of the list, and whatever does not is refused, so that no value can become a fault further down.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

from shared.refusal import Refusal

T = TypeVar("T")
Value = datetime | int | str
Position = tuple[Value, ...]
"""Where a page ended: the values of the sort keys of its last item."""

MOST_CHARACTERS: Final = 400
"""The most characters of a cursor."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
_FORMS: Final = {
    datetime: "-?[0-9]{1,15}",
    int: "-?[0-9]{1,10}",
    str: "(?:[A-Za-z0-9_.:-]|%[0-9A-F]{2})*",
}
"""How the value of each kind of key is written: milliseconds since 1970, a number, a text as in an address."""


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key: the path of a field, its kind (a moment in milliseconds, a whole number, a text), and its way."""

    path: str
    kind: type[datetime] | type[int] | type[str]
    descending: bool = False


@dataclass(frozen=True)
class Order:
    """The order of a list. Its last key must tell any two items apart."""

    keys: tuple[Key, ...]

    @cached_property
    def pattern(self) -> str:
        """Return the pattern that every cursor of this order matches, and nothing else."""
        return f"^{''.join(f'~{_FORMS[key.kind]}' for key in self.keys)}$"

    @cached_property
    def _read(self) -> re.Pattern[str]:
        return re.compile("".join(f"~({_FORMS[key.kind]})" for key in self.keys))

    @property
    def sort(self) -> Sequence[tuple[str, int]]:
        """Return the sort of the query."""
        return tuple((key.path, -1 if key.descending else 1) for key in self.keys)

    def beyond(self, position: Position | None) -> Mapping[str, Any]:
        """Return the filter of what comes after a position; of everything when there is none."""
        if position is None:
            return {}
        ways: list[Mapping[str, Any]] = []
        for number, key in enumerate(self.keys):
            same = dict(zip((each.path for each in self.keys[:number]), position, strict=False))
            ways.append({**same, key.path: {"$lt" if key.descending else "$gt": position[number]}})
        return ways[0] if len(ways) == 1 else {"$or": ways}

    def cursor(self, *values: Value) -> str:
        """Return the cursor of the page that begins behind the item with these values."""
        return "".join(f"~{_written(value)}" for value in values)

    def position(self, cursor: str | None) -> Position | None:
        """Return the position that a cursor tells; refuses one that is none of this order."""
        if cursor is None:
            return None
        found = self._read.fullmatch(cursor)
        if found is None or len(cursor) > MOST_CHARACTERS:
            raise Refusal("http.cursor_malformed")
        return tuple(_value(key.kind, told) for key, told in zip(self.keys, found.groups(), strict=True))

    def following(self, found: Sequence[T], limit: int, values: Callable[[T], Position]) -> str | None:
        """Return the cursor of the next page, when one more was found than the page shows."""
        return self.cursor(*values(found[limit - 1])) if len(found) > limit else None


def _written(value: Value) -> str:
    match value:
        case datetime():
            return str((value - _EPOCH) // _MILLISECOND)
        case int():
            return str(value)
        case str():
            return quote(value, safe=":", errors="replace").replace("~", "%7E")


def _value(kind: type[datetime] | type[int] | type[str], told: str) -> Value:
    if kind is str:
        return unquote(told)
    number = int(told)
    return number if kind is int else _EPOCH + min(max(number, _FIRST), _LAST) * _MILLISECOND
