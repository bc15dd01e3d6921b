"""MongoDB's pipelines, as far as the services use them: of an update, and of an aggregation."""

import operator
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from tests.simulation.matching import matcher
from tests.simulation.updates import kept_id, refused
from tests.simulation.values import MISSING, Document, NotSimulatedError, order

_NOT_AN_ARRAY, _NOT_A_DOCUMENT = 17043, 40228


def value_of(expression: Any, root: Document, now: datetime) -> Any:
    """Return an expression's value for a document, which may be MISSING."""
    kind = type(expression)
    if kind is str:
        return _named(expression, root, now) if expression.startswith("$") else expression
    if kind is list:
        values = [value_of(each, root, now) for each in expression]
        return [None if value is MISSING else value for value in values]
    if kind is not dict:
        return expression
    name = next(iter(expression), "")
    if name.startswith("$"):
        return _operated(name, expression[name], root, now)
    values = {each: value_of(inner, root, now) for each, inner in expression.items()}
    return {each: value for each, value in values.items() if value is not MISSING}


def _named(expression: str, root: Document, now: datetime) -> Any:
    if not expression.startswith("$$"):
        return _at(root, expression[1:].split("."), 0)
    if expression == "$$ROOT":
        return root
    if expression == "$$NOW":
        return now
    raise NotSimulatedError("variable", expression)


def _at(value: Any, parts: list[str], depth: int) -> Any:
    for at in range(depth, len(parts)):
        if type(value) is list:
            found = [_at(item, parts, at) for item in value if type(item) is dict]
            return [item for item in found if item is not MISSING]
        if type(value) is not dict:
            return MISSING
        value = value.get(parts[at], MISSING)
    return value


def _operated(name: str, argument: Any, root: Document, now: datetime) -> Any:
    if name == "$literal":
        return argument
    if name == "$cond" and type(argument) is list:
        test, then, other = argument
        return value_of(then if _true(value_of(test, root, now)) else other, root, now)
    if name not in _OPERATORS or type(argument) is not list:
        raise NotSimulatedError("expression", name, "of", type(argument).__name__)
    return _OPERATORS[name]([value_of(each, root, now) for each in argument])


def _true(value: Any) -> bool:
    return value is not MISSING and value is not None and value is not False and not (_is_number(value) and value == 0)


def _is_number(value: Any) -> bool:
    return type(value) in {int, float}


def _if_null(values: list[Any]) -> Any:
    for value in values[:-1]:
        if value is not MISSING and value is not None:
            return value
    return values[-1]


def _least(values: list[Any]) -> Any:
    present = [value for value in values if value is not MISSING and value is not None]
    return min(present, key=order) if present else None


def _union(values: list[Any]) -> list[Any] | None:
    if any(value is MISSING or value is None for value in values):
        return None
    if not all(type(value) is list for value in values):
        raise refused(_NOT_AN_ARRAY, "All operands of $setUnion must be arrays")
    distinct = {order(item): item for value in reversed(values) for item in reversed(value)}
    return [distinct[key] for key in sorted(distinct)]


def _compares(by: Callable[[Any, Any], bool]) -> Callable[[list[Any]], bool]:
    return lambda values: by(order(values[0]), order(values[1]))


_OPERATORS: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "$ifNull": _if_null,
    "$min": _least,
    "$setUnion": _union,
    "$gt": _compares(operator.gt),
    "$lt": _compares(operator.lt),
}


def updated_by(document: Document, pipeline: list[Document], now: datetime) -> Document:
    """Return the document after an update's pipeline."""
    after = document
    for stage in pipeline:
        ((name, argument),) = stage.items()
        if name == "$set":
            after = _with_fields(after, argument, after, now)
        elif name == "$replaceWith":
            after = _replaced(value_of(argument, after, now))
        else:
            raise NotSimulatedError("update", name)
    return kept_id(document, after)


def _replaced(value: Any) -> Document:
    if type(value) is not dict:
        raise refused(_NOT_A_DOCUMENT, "'replacement document' must evaluate to an object")
    return value


def _with_fields(target: Document, fields: Document, root: Document, now: datetime) -> Document:
    """Return the target with every field set; fields named inside a plain document are set one by one as well."""
    after = dict(target)
    for path, expression in fields.items():
        for parts, inner in _flat(path.split("."), expression):
            _put(after, parts, 0, lambda inner=inner: value_of(inner, root, now))
    return after


def _flat(parts: list[str], expression: Any) -> Iterable[tuple[list[str], Any]]:
    if type(expression) is dict and expression and not next(iter(expression)).startswith("$"):
        for name, inner in expression.items():
            yield from _flat([*parts, *name.split(".")], inner)
    else:
        yield parts, expression


def _put(target: Document, parts: list[str], depth: int, make: Callable[[], Any]) -> None:
    """Put a value at the path of a document that is our own copy; what lies on the way is copied first.

    The value is made when there is a place for it: inside an empty array there is none.
    """
    name = parts[depth]
    if depth + 1 < len(parts):
        target[name] = _put_below(target.get(name, MISSING), parts, depth + 1, make)
        return
    value = make()
    if value is MISSING:
        target.pop(name, None)
    else:
        target[name] = value


def _put_below(before: Any, parts: list[str], depth: int, make: Callable[[], Any]) -> Any:
    if type(before) is list:
        return [_put_below(item, parts, depth, make) for item in before]
    below: Document = dict(before) if type(before) is dict else {}
    _put(below, parts, depth, make)
    return below


def aggregated(documents: Iterable[Document], pipeline: list[Document], now: datetime) -> list[Document]:
    """Return the answer of an aggregation over these documents."""
    found = list(documents)
    for stage in pipeline:
        ((name, argument),) = stage.items()
        if name not in _STAGES:
            raise NotSimulatedError("stage", name)
        found = _STAGES[name](found, argument, now)
    return found


def _match(documents: list[Document], where: Document, _now: datetime) -> list[Document]:
    matches = matcher(where)
    return [document for document in documents if matches(document)]


def _group(documents: list[Document], argument: Document, now: datetime) -> list[Document]:
    sums: dict[str, Any] = {}
    for name, accumulator in argument.items():
        if name != "_id" and (type(accumulator) is not dict or list(accumulator) != ["$sum"]):
            raise NotSimulatedError("$group", accumulator)
        if name != "_id":
            sums[name] = accumulator["$sum"]
    groups: dict[Any, Document] = {}
    for document in documents:
        key = value_of(argument["_id"], document, now)
        key = None if key is MISSING else key
        group = groups.setdefault(order(key), {"_id": key, **dict.fromkeys(sums, 0)})
        for name, expression in sums.items():
            value = value_of(expression, document, now)
            group[name] += value if _is_number(value) else 0
    return list(groups.values())


def _facet(documents: list[Document], argument: Document, now: datetime) -> list[Document]:
    return [{name: aggregated(documents, pipeline, now) for name, pipeline in argument.items()}]


def _unwind(documents: list[Document], path: Any, _now: datetime) -> list[Document]:
    if type(path) is not str or not path.startswith("$") or path.startswith("$$"):
        raise NotSimulatedError("$unwind", path)
    parts = path[1:].split(".")
    unwound: list[Document] = []
    for document in documents:
        value: Any = document
        for part in parts:
            value = value.get(part) if type(value) is dict else None
        for item in value if type(value) is list else () if value is None else (value,):
            copy = dict(document)
            _put(copy, parts, 0, lambda item=item: item)
            unwound.append(copy)
    return unwound


def _limited(documents: list[Document], most: int, _now: datetime) -> list[Document]:
    return documents[:most]


def _replaced_each(documents: list[Document], expression: Any, now: datetime) -> list[Document]:
    return [_replaced(value_of(expression, document, now)) for document in documents]


_STAGES: Final[dict[str, Callable[[list[Document], Any, datetime], list[Document]]]] = {
    "$match": _match,
    "$group": _group,
    "$facet": _facet,
    "$unwind": _unwind,
    "$limit": _limited,
    "$replaceWith": _replaced_each,
}


def projected(document: Document, fields: list[str]) -> Document:
    """Return the document narrowed to its id and these fields."""
    tree: Document = {"_id": None}
    for path in fields:
        below = tree
        *way, last = path.split(".")
        for name in way:
            below = below.setdefault(name, {})
            if below is None:
                raise NotSimulatedError("projection", path, "and of what holds it")
        below[last] = None
    return _narrowed(document, tree)


def _narrowed(document: Document, tree: Document) -> Document:
    kept: Document = {}
    for name, value in document.items():
        if name not in tree:
            continue
        below = tree[name]
        inner = value if below is None else _narrowed_below(value, below)
        if inner is not MISSING:
            kept[name] = inner
    return kept


def _narrowed_below(value: Any, tree: Document) -> Any:
    if type(value) is dict:
        return _narrowed(value, tree)
    if type(value) is list:
        inner = [_narrowed_below(item, tree) for item in value]
        return [item for item in inner if item is not MISSING]
    return MISSING
