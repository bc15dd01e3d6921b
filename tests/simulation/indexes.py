"""An index of the simulated store: sorted entries of one field, kept for equality and ranges, and for uniqueness."""

import itertools
import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from tests.simulation.matching import Condition, conditions, matcher, value_test, values_at
from tests.simulation.values import MISSING, NULL, Document, order

_DUPLICATE: Final = 11000
_LAST: Final = math.inf
Order = tuple[Any, ...]
Entry = tuple[Order, int]
"""What a value sorts by, and the number of the document that has it."""

Slice = tuple[int, int]


class Index:
    """Entries by the first field; `unique` holds over all fields. A partial one holds what matches its filter."""

    def __init__(
        self, keys: Sequence[tuple[str, int]], *, unique: bool = False, partial: Document | None = None
    ) -> None:
        self.keys = tuple(keys)
        self.unique = unique
        self.partial = partial
        self.path = keys[0][0]
        self._paths = [path.split(".") for path, _ in keys]
        self._covers = matcher(partial) if partial else None
        self._conditions = list(conditions(partial or {}))
        self._entries: list[Entry] = []
        self._held: dict[int, list[Order]] = {}
        self._owners: dict[tuple[Order, ...], int] = {}
        self._owned: dict[int, list[tuple[Order, ...]]] = {}
        self._multikey = False

    def check(self, number: int, document: Document) -> None:
        """Raise the driver's error when another document has the same values."""
        if not self.unique or (self._covers is not None and not self._covers(document)):
            return
        for combination in self._combinations(document):
            if self._owners.get(combination, number) != number:
                raise duplicate(dict(self.keys), [value[-1] for value in combination])

    def put(self, number: int, document: Document | None) -> None:
        """Hold the document as it now is; None: no more."""
        covered = document is not None and (self._covers is None or self._covers(document))
        held = self._held.get(number)
        now = [order(value) for value in values_at(document, self._paths[0]) or (MISSING,)] if covered else None
        if now != held:
            self._replace(number, held or (), now or ())
            if now is None:
                del self._held[number]
            else:
                self._held[number] = now
        if self.unique:
            for combination in self._owned.pop(number, ()):
                self._owners.pop(combination, None)
            if covered and document is not None:
                combinations = self._owned[number] = self._combinations(document)
                self._owners.update(dict.fromkeys(combinations, number))

    def _replace(self, number: int, held: Sequence[Order], now: Sequence[Order]) -> None:
        for each in held:
            del self._entries[bisect_left(self._entries, (each, number))]
        for each in now:
            insort(self._entries, (each, number))
        self._multikey = self._multikey or len(now) > 1

    def _combinations(self, document: Document) -> list[tuple[Order, ...]]:
        values = [_keys(values_at(document, path)) for path in self._paths]
        return list(dict.fromkeys(itertools.product(*values)))

    def slices(self, asked: Sequence[Condition]) -> list[Slice] | None:
        """Return where all that meets these conditions lies among the entries; None when this index can't tell."""
        if not all(_implied(each, asked) for each in self._conditions):
            return None
        best: list[Slice] | None = None
        for path, operator, operand in asked:
            found = self._slices(operator, operand) if path == self.path else None
            if found is None:
                continue
            if best is None:
                best = found
            elif self._multikey or len(found) != 1 or len(best) != 1:
                best = min(best, found, key=size)
            else:
                best = [(max(best[0][0], found[0][0]), min(best[0][1], found[0][1]))]
        if best is None and self.partial:
            best = [(0, len(self._entries))]
        return best

    def _slices(self, operator: str, operand: Any) -> list[Slice] | None:
        if operator == "$in" and all(_indexed(each) for each in operand):
            return [self._equal(each) for each in operand]
        if not _indexed(operand):
            return None
        low, high = self._equal(operand)
        bracket = order(operand)[0]
        match operator:
            case "$eq":
                found = low, high
            case "$gt":
                found = high, bisect_left(self._entries, ((bracket + 1,),))
            case "$gte":
                found = low, bisect_left(self._entries, ((bracket + 1,),))
            case "$lt":
                found = bisect_left(self._entries, ((bracket,),)), low
            case "$lte":
                found = bisect_left(self._entries, ((bracket,),)), high
            case _:
                return None
        return [found]

    def _equal(self, operand: Any) -> Slice:
        value = order(operand)
        return bisect_left(self._entries, (value,)), bisect_right(self._entries, (value, _LAST))

    def numbers(self, slices: Iterable[Slice]) -> list[int]:
        """Return the numbers of the documents in these slices, in the order of their insertion."""
        return sorted({number for low, high in slices for _, number in self._entries[low:high]})


def size(slices: Iterable[Slice]) -> int:
    """Return how many entries these slices have."""
    return sum(max(0, high - low) for low, high in slices)


def duplicate(pattern: Document, values: Sequence[Any]) -> DuplicateKeyError:
    """Return the server's refusal of a second document with the same values."""
    words = f"E11000 duplicate key error dup key: {dict(zip(pattern, values, strict=True))}"
    return DuplicateKeyError(words, _DUPLICATE, {"code": _DUPLICATE, "keyPattern": pattern, "errmsg": words})


def _keys(values: list[Any]) -> list[Order]:
    """Return what an index holds for these values: of an array, its elements; for nothing, null."""
    if values and type(values[-1]) is list and len(values) > 1:
        values = values[:-1]
    return [NULL if value is MISSING else order(value) for value in values] or [NULL]


def _indexed(operand: Any) -> bool:
    return type(operand) in {str, datetime, int} or (type(operand) is float and not math.isnan(operand))


def _implied(needed: Condition, asked: Iterable[Condition]) -> bool:
    """Tell whether whatever meets the conditions asked also meets this one of a partial index."""
    path, operator, operand = needed
    for asked_path, asked_operator, value in asked:
        if asked_path != path:
            continue
        if asked_operator == operator and order(value) == order(operand):
            return True
        if asked_operator == "$eq" and operator in {"$gt", "$gte", "$lt", "$lte"}:
            return value is not None and value_test(operator, operand)(value)
        if asked_operator == "$eq" and operator == "$exists":
            return value is not None and bool(operand)
    return False
