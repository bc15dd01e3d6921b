"""Key-set pages: a list is read in one order, and a cursor tells behind which item the next page begins.

An order names its sort keys once; the sorting, the filter of what comes next and the cursors follow from it. A cursor
is opaque to callers, and only one that the order could have written itself is read: whatever else somebody makes up is
refused, so that no value of it can become a fault further down.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar, cast

import orjson

from shared.refusal import Refusal

T = TypeVar("T")
Value = datetime | int | str
Position = tuple[Value, ...]
"""Where a page ended: the values of the sort keys of its last item."""

MOST_CHARACTERS: Final = 400
"""The most characters of a cursor."""
_MOST: Final = 2**31
"""The largest whole number that a list may be ordered by."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key: the path of a field, its kind (a moment in milliseconds, a whole number, a text), and its way."""

    path: str
    kind: type[datetime] | type[int] | type[str]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list. Its last key must tell any two items apart."""

    keys: tuple[Key, ...]

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
        told = [(value - _EPOCH) // _MILLISECOND if isinstance(value, datetime) else value for value in values]
        return base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")

    def position(self, cursor: str | None) -> Position | None:
        """Return the position that a cursor tells; refuses one that this order would not have written."""
        if cursor is None:
            return None
        try:
            values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if isinstance(values, list):
                found = self._read(cast("list[Any]", values))
                if found is not None and self.cursor(*found) == cursor:
                    return found
        except (binascii.Error, ValueError, OverflowError) as error:
            raise Refusal("http.cursor_malformed") from error
        raise Refusal("http.cursor_malformed")

    def following(self, found: Sequence[T], limit: int, values: Callable[[T], Position]) -> str | None:
        """Return the cursor of the next page, when one more was found than the page shows."""
        return self.cursor(*values(found[limit - 1])) if len(found) > limit else None

    def _read(self, values: Sequence[Any]) -> Position | None:
        if len(values) != len(self.keys):
            return None
        read: list[Value] = []
        for key, value in zip(self.keys, values, strict=True):
            if key.kind is str and isinstance(value, str):
                read.append(value)
            elif key.kind is datetime and type(value) is int:
                read.append(_EPOCH + value * _MILLISECOND)
            elif key.kind is int and type(value) is int and abs(value) <= _MOST:
                read.append(value)
            else:
                return None
        return tuple(read)
