"""Values as MongoDB keeps them: what may be stored, what is given back, and the one order over all of them."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from bson.errors import InvalidDocument

Document = dict[str, Any]


class NotSimulatedError(Exception):
    """The simulated server was asked for something that the real one may know: no service of ours asks for it.

    It is refused aloud, so that a world never goes on with a guess: a service that begins to ask for it fails every
    seed until the simulated server has learnt it.
    """

    def __init__(self, *named: object) -> None:
        super().__init__(" ".join(map(str, named)))


class _Missing:
    """Stands where a document has no value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()

_LEAST, _MOST = -(2**63), 2**63
_NAMES: Final[dict[str, str]] = {}
"""Field names that were found to be good."""
_NAMES_KEPT: Final = 10_000


def taken(value: Any) -> Any:
    """Return a copy as BSON would carry it; raises what the driver raises for what BSON can't carry.

    Tuples become lists, enums their values; times are in UTC and cut to milliseconds.
    """
    take = _TAKEN.get(type(value))
    return _taken_by_base(value) if take is None else take(value)


def _taken_text(value: str) -> str:
    if not value.isascii():
        value.encode()
    return value


def _taken_number(value: int) -> int:
    if not _LEAST <= value < _MOST:
        msg = f"MongoDB can only handle up to 8-byte ints: {value}"
        raise OverflowError(msg)
    return value


def _taken_time(value: datetime) -> datetime:
    if value.tzinfo is not UTC:
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    excess = value.microsecond % 1000
    return value.replace(microsecond=value.microsecond - excess) if excess else value


def _taken_document(value: Mapping[Any, Any]) -> Document:
    copy: Document = {}
    for name, item in value.items():
        plain = _NAMES.get(name) or _taken_name(name)
        kind = type(item)
        if item is None or kind is bool or (kind is str and item.isascii()):
            copy[plain] = item
        else:
            take = _TAKEN.get(kind)
            copy[plain] = _taken_by_base(item) if take is None else take(item)
    return copy


def _taken_name(name: Any) -> str:
    if not isinstance(name, str):
        msg = f"documents must have only string keys, key was {name!r}"
        raise InvalidDocument(msg)
    if "\0" in name:
        msg = f"Key names must not contain the NULL byte: {name!r}"
        raise InvalidDocument(msg)
    if len(_NAMES) > _NAMES_KEPT:
        _NAMES.clear()
    return _NAMES.setdefault(name, str.__str__(name))


def _taken_list(value: Any) -> list[Any]:
    take = _TAKEN.get
    return [(take(type(item)) or _taken_by_base)(item) for item in value]


def _as_it_is(value: Any) -> Any:
    return value


_TAKEN: Final[dict[type, Callable[[Any], Any]]] = {
    str: _taken_text,
    int: _taken_number,
    datetime: _taken_time,
    dict: _taken_document,
    list: _taken_list,
    tuple: _taken_list,
    bool: _as_it_is,
    float: _as_it_is,
    bytes: _as_it_is,
    type(None): _as_it_is,
}


def _taken_by_base(value: Any) -> Any:
    """Take what is none of the plain types but a kind of one of them: an enum, another mapping."""
    if isinstance(value, str):
        return _taken_text(str.__str__(value))
    if isinstance(value, int):
        return _taken_number(int(value))
    if isinstance(value, Mapping):
        return _taken_document(value)
    msg = f"cannot encode object: {value!r}, of type: {type(value)}"
    raise InvalidDocument(msg)


def given(document: Document) -> Document:
    """Return a copy for a caller, who may do with it what they like."""
    return msgspec.to_builtins(document, builtin_types=(datetime, bytes))


NULL: Final = (5,)
EMPTY: Final = (1,)
"""Where an empty array sorts: before null."""

_NOT_A_NUMBER: Final = (9,)
_NUMBER, _TEXT, _DOCUMENT, _ARRAY, _BYTES, _BOOL, _TIME = 10, 15, 20, 25, 30, 40, 45


def order(value: Any) -> tuple[Any, ...]:
    """Return what a value compares by, over all types; values are equal when their orders are."""
    return _ORDERS[type(value)](value)


def _order_of_float(value: float) -> tuple[Any, ...]:
    return _NOT_A_NUMBER if math.isnan(value) else (_NUMBER, value)


def _order_of_document(value: Document) -> tuple[Any, ...]:
    orders = ((name, order(item)) for name, item in value.items())
    return (_DOCUMENT, tuple((each[0], name, each) for name, each in orders))


_ORDERS: Final[dict[type, Callable[[Any], tuple[Any, ...]]]] = {
    _Missing: lambda _: (0,),
    type(None): lambda _: NULL,
    int: lambda value: (_NUMBER, value),
    float: _order_of_float,
    str: lambda value: (_TEXT, value),
    dict: _order_of_document,
    list: lambda value: (_ARRAY, tuple(order(item) for item in value)),
    bytes: lambda value: (_BYTES, len(value), value),
    bool: lambda value: (_BOOL, value),
    datetime: lambda value: (_TIME, value),
}


def key_of(value: Any) -> Any:
    """Return what an `_id` is found by in a dictionary, where Python's own equality would confuse True and 1."""
    return value if type(value) is str else order(value)
