"""MongoDB's filters, as far as the services use them: compiled to a function that tells whether a document matches."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from tests.simulation.values import EMPTY, MISSING, NULL, Document, NotSimulatedError, order

Test = Callable[[Any], bool]
"""Tells whether one value fits; is asked about MISSING too."""

Condition = tuple[str, str, Any]
"""One condition of a filter: path, operator, operand."""


def matcher(where: Document) -> Callable[[Document], bool]:
    """Return the test of a filter; raises NotSimulatedError for an operator that no service uses."""
    tests = [test for name, wanted in where.items() for test in _tests(name, wanted)]
    if len(tests) == 1:
        return tests[0]
    if not tests:
        return lambda _: True
    return lambda document: _every(tests, document)


def _every(tests: list[Test], document: Document) -> bool:
    for test in tests:  # noqa: SIM110 - a generator costs more than the tests
        if not test(document):
            return False
    return True


def _tests(name: str, wanted: Any) -> list[Test]:
    if not name.startswith("$"):
        return [_at(name, operator, operand) for operator, operand in operators(wanted)]
    inner = [matcher(each) for each in wanted] if name in {"$and", "$or"} else None
    if inner is None:
        raise NotSimulatedError("filter", name)
    if name == "$and":
        return inner
    return [lambda document: any(test(document) for test in inner)]


def operators(wanted: Any) -> Iterator[tuple[str, Any]]:
    """Yield the operators that a path is asked with: of a plain value, equality."""
    if type(wanted) is not dict or not any(name.startswith("$") for name in wanted):
        yield "$eq", wanted
        return
    for name, operand in wanted.items():
        if name == "$regex":
            yield name, (operand, wanted.get("$options", ""))
        elif name != "$options":
            yield name, operand


def conditions(where: Document) -> Iterator[Condition]:
    """Yield every condition that whatever matches must fulfil: those of the filter itself and inside `$and`."""
    for name, wanted in where.items():
        if name == "$and":
            for each in wanted:
                yield from conditions(each)
        elif not name.startswith("$"):
            for operator, operand in operators(wanted):
                yield name, operator, operand


def _at(path: str, operator: str, operand: Any) -> Test:
    parts = path.split(".")
    match operator:
        case "$ne":
            return _negated(_found(parts, equal_to(operand)))
        case "$nin":
            return _negated(_found(parts, _one_of(operand)))
        case "$exists":
            exists = _found(parts, lambda value: value is not MISSING)
            return exists if operand else _negated(exists)
        case "$elemMatch":
            return _with_element(parts, operand)
        case _:
            return _found(parts, value_test(operator, operand))


def _negated(test: Test) -> Test:
    return lambda document: not test(document)


def value_test(operator: str, operand: Any) -> Test:
    """Return the test of a single value."""
    match operator:
        case "$eq":
            return equal_to(operand)
        case "$in":
            return _one_of(operand)
        case "$gt" | "$gte" | "$lt" | "$lte":
            return _compared(operator, operand)
        case "$regex":
            return _like(*operand)
        case _:
            raise NotSimulatedError("filter", operator)


def _found(parts: list[str], fits: Test) -> Test:
    """Return the test whether any value at the path fits. Arrays on the way and at the end are looked into."""
    if len(parts) == 1:
        name = parts[0]

        def at_top(document: Document) -> bool:
            value = document.get(name, MISSING)
            return fits(value) if type(value) is not list else _any_of(value, fits)

        return at_top

    def below(document: Document) -> bool:
        value: Any = document
        for depth, name in enumerate(parts):
            if type(value) is not dict:
                return any(fits(each) for each in values_at(value, parts, depth))
            value = value.get(name, MISSING)
        return fits(value) if type(value) is not list else _any_of(value, fits)

    return below


def _any_of(values: list[Any], fits: Test) -> bool:
    for value in values:
        if fits(value):
            return True
    return fits(values)


def values_at(value: Any, parts: list[str], depth: int = 0) -> list[Any]:
    """Return every value at a path, MISSING among them, with an array's elements before the array itself."""
    found: list[Any] = []
    _gather(value, parts, depth, found, whole=False)
    return found


def _gather(value: Any, parts: list[str], depth: int, found: list[Any], *, whole: bool) -> None:
    for at in range(depth, len(parts)):
        if type(value) is list:
            _gather_in_array(value, parts, at, found, whole=whole)
            return
        if type(value) is not dict:
            found.append(MISSING)
            return
        value = value.get(parts[at], MISSING)
    if type(value) is list and not whole:
        found.extend(value)
    found.append(value)


def _gather_in_array(values: list[Any], parts: list[str], at: int, found: list[Any], *, whole: bool) -> None:
    name = parts[at]
    offset = int(name) if name.isdecimal() and str(int(name)) == name else -1
    for number, value in enumerate(values):
        if type(value) is dict:
            _gather(value, parts, at, found, whole=whole)
        if number != offset:
            continue
        if at + 1 == len(parts):
            found.append(value)
        elif type(value) in {dict, list}:
            _gather(value, parts, at + 1, found, whole=whole)


def _with_element(parts: list[str], operand: Document) -> Test:
    if not operand or any(name.startswith("$") for name in operand):
        raise NotSimulatedError("$elemMatch", operand)
    test = matcher(operand)

    def has(document: Document) -> bool:
        found: list[Any] = []
        _gather(document, parts, 0, found, whole=True)
        arrays = [value for value in found if type(value) is list]
        return any(test(_fields(item)) for value in arrays for item in value if type(item) in {dict, list})

    return has


def _fields(item: Any) -> Document:
    return item if type(item) is dict else {str(number): value for number, value in enumerate(item)}


def equal_to(operand: Any) -> Test:
    """Return the test of equality; null equals what is missing too."""
    kind = type(operand)
    if operand is None:
        return lambda value: value is None or value is MISSING
    if kind is str or kind is datetime or kind is bytes:
        return lambda value: value == operand
    if kind is bool:
        return lambda value: value is operand
    wanted = order(operand)
    return lambda value: order(value) == wanted


def _one_of(operands: list[Any]) -> Test:
    if all(type(operand) is str for operand in operands):
        texts = frozenset(operands)
        return lambda value: type(value) is str and value in texts
    wanted = frozenset(order(operand) for operand in operands)
    null = NULL in wanted
    return lambda value: null if value is MISSING else order(value) in wanted


_NUMBERS: Final = frozenset({int, float})


def _compared(operator: str, operand: Any) -> Test:
    """Return the test of a comparison, which only fits values of the operand's own type."""
    kind = type(operand)
    if kind is str or kind is datetime:
        kinds = frozenset({kind})
    elif kind in _NUMBERS and operand == operand:  # noqa: PLR0124 - not a number is unlike itself
        kinds = _NUMBERS
    else:
        return _compared_at_length(operator, operand)
    match operator:
        case "$gt":
            return lambda value: type(value) in kinds and value > operand
        case "$gte":
            return lambda value: type(value) in kinds and value >= operand
        case "$lt":
            return lambda value: type(value) in kinds and value < operand
        case _:
            return lambda value: type(value) in kinds and value <= operand


def _compared_at_length(operator: str, operand: Any) -> Test:
    wanted = order(operand)
    equal = equal_to(operand)
    with_equal = operator in {"$gte", "$lte"}
    if operand is None:
        return equal if with_equal else lambda _: False
    rising = operator in {"$gt", "$gte"}

    def fits(value: Any) -> bool:
        found = order(value)
        if found[0] != wanted[0]:
            return False
        if found == wanted:
            return with_equal
        return (found > wanted) is rising

    return fits


def _like(pattern: str, options: str) -> Test:
    if set(options) - {"i"}:
        raise NotSimulatedError("$options", options)
    search = re.compile(pattern, re.IGNORECASE if options else 0).search
    return lambda value: type(value) is str and search(value) is not None


def sort_key(document: Document, path: str, direction: int) -> tuple[Any, ...]:
    """Return what a document sorts by at a path: of an array, its least element, or its greatest when descending."""
    parts = path.split(".")
    if any(part.isdecimal() for part in parts):
        raise NotSimulatedError("sort", path)
    found = _orders_at(document, parts, 0)
    if len(found) == 1:
        return found[0]
    return min(found) if direction > 0 else max(found)


def _orders_at(value: Any, parts: list[str], depth: int) -> list[tuple[Any, ...]]:
    for at in range(depth, len(parts)):
        if type(value) is list:
            nested = (_orders_at(item, parts, at) if type(item) is dict else [NULL] for item in value)
            return [each for orders in nested for each in orders] or [NULL]
        if type(value) is not dict:
            return [NULL]
        value = value.get(parts[at], MISSING)
    if type(value) is list:
        return [order(each) for each in value] or [EMPTY]
    return [NULL if value is MISSING else order(value)]
