"""Every text that somebody outside can hand to a service: the strings of bodies and of queries, wherever they stand."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

OPAQUE = {"cursor"}
"""What only the services themselves can have written: read, and refused when it is not theirs, by its own parser."""
HIDDEN = {"password", "old_password", "new_password", "current", "current_password"}
"""Passwords: they stay as they were typed; see shared/words.py."""


@dataclasses.dataclass(frozen=True)
class Text:
    """A string of a body or a query: where it stands, and the type that reads it."""

    route: str
    path: str
    kind: Any

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    def __str__(self) -> str:
        return f"{self.route} {self.path}"


def _routes(app: FastAPI) -> Iterator[APIRoute]:
    for route in app.routes:
        for inner in getattr(getattr(route, "original_router", None), "routes", (route,)):
            if isinstance(inner, APIRoute):
                yield inner


def _strings(path: str, kind: Any, told: Sequence[Any] = ()) -> Iterator[tuple[str, Any]]:
    """The strings within a type, with what is told about each (lengths, patterns, kinds of words)."""
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        yield from _strings(path, inner, (*more, *told))
    elif origin in {Union, UnionType}:
        for one in get_args(kind):
            yield from _strings(path, one, told)
    elif origin is Literal:
        return
    elif origin is not None:
        for one in get_args(kind):
            yield from _strings(f"{path}[]", one)
    elif isinstance(kind, type):
        yield from _strings_of_class(path, kind, told)


def _strings_of_class(path: str, kind: type, told: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    if issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield from _strings(f"{path}.{name}", field.annotation, field.metadata)
    elif dataclasses.is_dataclass(kind):
        for name, hint in get_type_hints(kind, include_extras=True).items():
            yield from _strings(f"{path}.{name}", hint)
    elif issubclass(kind, str) and not issubclass(kind, Enum):
        yield path, Annotated[(kind, *told)] if told else kind


def _params(dependant: Dependant) -> Iterator[tuple[str, Any, Sequence[Any]]]:
    for param in dependant.body_params:
        yield "body", param.field_info.annotation, param.field_info.metadata
    for param in dependant.query_params:
        yield f"query.{param.alias}", param.field_info.annotation, param.field_info.metadata
    for needed in dependant.dependencies:
        yield from _params(needed)


def texts_of(apps: Mapping[str, FastAPI]) -> Iterator[Text]:
    """Every text that the services take, once for each route."""
    for app in apps.values():
        for route in _routes(app):
            for method in sorted(route.methods or ()):
                for place, kind, told in _params(route.dependant):
                    for path, string in _strings(place, kind, told):
                        yield Text(f"{method} {route.path}", path, string)


def strings_of(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """The strings of one model."""
    return _strings(model.__name__, model)
