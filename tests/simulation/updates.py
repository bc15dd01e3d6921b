"""MongoDB's update operators, as far as the services use them. Documents are never changed: what changes is copied."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pymongo.errors import WriteError

from tests.simulation.matching import conditions, matcher, operators, value_test
from tests.simulation.values import MISSING, Document, NotSimulatedError, order

Leaf = Callable[[Any], Any]
"""Makes the new value at the end of a path out of the old one, either of which may be MISSING."""

_BAD_VALUE, _TYPE_MISMATCH, _NOT_VIABLE, _CONFLICT, _IMMUTABLE = 2, 14, 28, 40, 66


def refused(code: int, words: str) -> WriteError:
    """Return the server's refusal of a write."""
    return WriteError(words, code, {"code": code, "errmsg": words})


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an update: where, how, whether the way there is made, and whether only when inserting."""

    path: list[str]
    leaf: Leaf
    making: bool
    inserting: bool


def parsed(update: Document) -> list[Change]:
    """Return the changes of an update's operators in the order of their paths; refuses two of one path."""
    changes: list[Change] = []
    for name, fields in update.items():
        if name not in _LEAVES:
            raise NotSimulatedError("update", name)
        make = _LEAVES[name]
        changes += [
            Change(path.split("."), make(argument), name != "$pull", name == "$setOnInsert")
            for path, argument in fields.items()
        ]
    if len(changes) > 1:
        changes.sort(key=lambda change: [_field_order(part) for part in change.path])
        for one, following in itertools.pairwise(changes):
            if following.path[: len(one.path)] == one.path:
                raise refused(_CONFLICT, f"Updating the path '{'.'.join(following.path)}' would create a conflict")
    return changes


def updated(document: Document, changes: list[Change], *, inserting: bool) -> Document:
    """Return the document after an update's operators."""
    after = document
    for change in changes:
        if inserting or not change.inserting:
            after = changed(after, change.path, 0, change.leaf, making=change.making)
    return kept_id(document, after)


def kept_id(before: Document, after: Document) -> Document:
    """Return the new document with its id in front; refuses another id than before."""
    if "_id" in before and order(after.get("_id", before["_id"])) != order(before["_id"]):
        raise refused(_IMMUTABLE, "Performing an update on the path '_id' would modify the immutable field '_id'")
    if next(iter(after), None) == "_id" or ("_id" not in after and "_id" not in before):
        return after
    return {"_id": after.get("_id", before.get("_id")), **after}


def _field_order(name: str) -> tuple[int, int, str]:
    return (0, int(name), "") if name.isdecimal() else (1, 0, name)


def changed(value: Any, path: list[str], depth: int, leaf: Leaf, *, making: bool = True) -> Any:
    """Return a copy of the value with another leaf at the path; the ways to it are made when `making`."""
    if depth == len(path):
        return leaf(value)
    name = path[depth]
    if value is MISSING:
        below = changed(MISSING, path, depth + 1, leaf, making=making) if making else MISSING
        return MISSING if below is MISSING else {name: below}
    if type(value) is dict:
        before = value.get(name, MISSING)
        after = changed(before, path, depth + 1, leaf, making=making)
        return value if after is before else {**value, name: after}
    if type(value) is list and name.isdecimal():
        return _changed_in_array(value, int(name), path, depth, leaf, making=making)
    raise refused(_NOT_VIABLE, f"Cannot create field '{name}' in element {{{path[depth - 1]}: {value!r}}}")


def _changed_in_array(values: list[Any], at: int, path: list[str], depth: int, leaf: Leaf, *, making: bool) -> Any:
    before = values[at] if at < len(values) else MISSING
    after = changed(before, path, depth + 1, leaf, making=making)
    if after is before:
        return values
    padded = values + [None] * (at + 1 - len(values))
    padded[at] = after
    return padded


def _set(argument: Any) -> Leaf:
    return lambda _: argument


def _inc(argument: Any) -> Leaf:
    def leaf(value: Any) -> Any:
        if value is MISSING:
            return argument
        if type(value) not in {int, float}:
            raise refused(_TYPE_MISMATCH, f"Cannot apply $inc to a value of non-numeric type {type(value).__name__}")
        return value + argument

    return leaf


def _max(argument: Any) -> Leaf:
    return lambda value: argument if value is MISSING or order(argument) > order(value) else value


def _push(argument: Any) -> Leaf:
    modifiers: Document = argument if type(argument) is dict and "$each" in argument else {"$each": [argument]}
    if unknown := sorted(set(modifiers) - {"$each", "$slice"}):
        raise NotSimulatedError("$push", unknown)

    def leaf(value: Any) -> Any:
        if value is MISSING:
            value = []
        if type(value) is not list:
            raise refused(_BAD_VALUE, f"The field must be an array but is of type {type(value).__name__}")
        return _sliced(value + modifiers["$each"], modifiers.get("$slice"))

    return leaf


def _sliced(values: list[Any], most: int | None) -> list[Any]:
    if most is None:
        return values
    return values[most:] if most < 0 else values[:most]


def _pull(argument: Any) -> Leaf:
    goes = _pulled(argument)

    def leaf(value: Any) -> Any:
        if value is MISSING:
            return MISSING
        if type(value) is not list:
            raise refused(_BAD_VALUE, "Cannot apply $pull to a non-array value")
        kept = [item for item in value if not goes(item)]
        return value if len(kept) == len(value) else kept

    return leaf


def _pulled(argument: Any) -> Callable[[Any], bool]:
    if type(argument) is not dict:
        wanted = order(argument)
        return lambda item: order(item) == wanted
    if any(name.startswith("$") for name in argument):
        tests = [value_test(operator, operand) for operator, operand in operators(argument)]
        return lambda item: all(test(item) or (type(item) is list and any(map(test, item))) for test in tests)
    matches = matcher(argument)
    return lambda item: type(item) is dict and matches(item)


_LEAVES: Final[dict[str, Callable[[Any], Leaf]]] = {
    "$set": _set,
    "$setOnInsert": _set,
    "$inc": _inc,
    "$max": _max,
    "$push": _push,
    "$pull": _pull,
}


def begun(where: Document) -> Document:
    """Return what an upsert inserts before its update: the values that its filter demands by equality."""
    document: Document = {}
    for path, operator, operand in conditions(where):
        if operator == "$eq":
            document = changed(document, path.split("."), 0, _set(operand))
    return document
