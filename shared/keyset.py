"""Key-set pages: a list is read in one order, and a cursor tells behind which item the next page begins.

An order names its sort keys once; the sorting, the filter of what comes next and the cursors follow from it. A cursor
is opaque to callers: a value for each key, in a form that a pattern tells wholly. Whatever matches the pattern is some
position of the list, and whatever does not is refused, so that no value can become a fault further down.

A list is written so: the route takes `page: Annotated[PageQuery, paged(NEWEST_FIRST)]` (in a class of query parameters
it makes `NEWEST_FIRST.query(cursor, limit)` of the two fields), the query returns
`await NEWEST_FIRST.page(documents.select, where, page)`, and the route answers `page_of(found, view)`.
`shared.http.pages` has `paged` and `page_of`.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, reduce
from typing import Any, Final, Generic, Protocol, TypeVar, cast
from urllib.parse import quote, unquote

from shared.refusal import Refusal

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
V = TypeVar("V")
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


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which page of a list is asked for: what comes behind this position, so many items at most."""

    position: Position | None
    limit: int


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """One page of a list as it was found; `next_cursor` is None on the last."""

    items: Sequence[T]
    next_cursor: str | None

    def map(self, view: Callable[[T], V]) -> "Slice[V]":
        """Return the page with each item as `view` shows it."""
        return Slice([view(item) for item in self.items], self.next_cursor)


class Select(Protocol[T_co]):
    """Reads a list: `select` of documents, or `find` of a plain collection."""

    def __call__(
        self, where: Mapping[str, Any], /, *, sort: Sequence[tuple[str, int]], limit: int
    ) -> Awaitable[Sequence[T_co]]:
        """Return the first so many that match, in this order."""
        ...


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

    def query(self, cursor: str | None, limit: int) -> PageQuery:
        """Return the page that a caller asks for; refuses a cursor that is none of this order."""
        return PageQuery(self.position(cursor), limit)

    async def page(self, select: Select[T], where: Mapping[str, Any], page: PageQuery) -> Slice[T]:
        """Read one page of what matches."""
        beyond = self.beyond(page.position)
        ahead = {"$and": [where, beyond]} if beyond else where
        return self.cut(await select(ahead, sort=self.sort, limit=page.limit + 1), page.limit)

    def cut(self, found: Sequence[T], limit: int) -> Slice[T]:
        """Return the page of a list of which one more was read than the page shows, if there was one more."""
        more = len(found) > limit
        return Slice(found[:limit], self.cursor(*self._values(found[limit - 1])) if more else None)

    def _values(self, item: object) -> Position:
        return tuple(_at(item, key.path) for key in self.keys)


def _at(item: Any, path: str) -> Value:
    """Return what stands at the path in a row as the store has it, or in an object, whose `_id` is its `id`."""
    return reduce(_part, path.split("."), item)


def _part(item: Any, name: str) -> Any:
    if isinstance(item, dict):
        return cast("dict[str, Any]", item)[name]
    return getattr(item, "id" if name == "_id" else name)


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
