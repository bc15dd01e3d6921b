"""The commands that routes declare: each is called as its route asks, with a body made up from the form of its body.

So a new command is given by the people of the simulation as soon as its route says which it is and answers offer it.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, is_dataclass
from enum import Enum
from random import Random
from typing import Annotated, Any, Final, cast, get_args, get_origin, get_type_hints

from fastapi import FastAPI, Response
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from deploy.topics import topics_of
from shared.auth.actor import Actor
from shared.http.body import StrictRoute
from shared.store.document import Terms
from shared.topic import Parts

Words = Callable[[str], str]
Say = Mapping[str, Callable[[Random], Any]]
"""How somebody fills a field of this name, where its form alone would be a poor guess."""

_LEFT_OUT: Final = 0.3
"""How likely a field is left out that may be. Texts never are: no command looks like the repetition of another."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a command is given with: by whom, about what (the parts of the path), on which terms."""

    actor: Actor
    about: Mapping[str, str]
    terms: Terms
    say: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the query says."""


@dataclass(frozen=True, slots=True)
class Way:
    """The route of a command."""

    route: StrictRoute
    hints: Mapping[str, Any]

    @property
    def body(self) -> type[BaseModel] | None:
        """The form that it takes, if any."""
        return next((kind for kind in self.hints.values() if _is(kind, BaseModel)), None)

    def call(self, app: FastAPI, given: Given, body: BaseModel | None) -> Awaitable[Any]:
        """Call the route's own function as the framework would."""
        known: Mapping[Any, Any] = {Actor: given.actor, Terms: given.terms, Response: Response(), self.body: body}
        return _called(self.route.endpoint, app.state.parts, {**given.about, **given.say}, known)


def _called(function: Callable[..., Any], parts: Parts, named: Mapping[str, Any], known: Mapping[Any, Any]) -> Any:
    """Call a function with what its parameters ask for: by name, by class, or made of what these ask for in turn."""
    given: dict[str, Any] = {}
    defaults = inspect.signature(function).parameters
    for name, kind in _hints(function).items():
        if name in named:
            given[name] = named[name]
        elif kind in known:
            given[name] = known[kind]
        elif kind in parts:
            given[name] = parts[kind]
        elif is_dataclass(kind):
            given[name] = _called(cast("Callable[..., Any]", kind), parts, named, known)
        else:
            given[name] = defaults[name].default
    return function(**given)


def ways_of(service: str) -> Mapping[str, Way]:
    """Return the routes of a service that give a command, by the command."""
    routes = (route for topic in topics_of(service) for router in topic.routers for route in router.strict_routes)
    return {route.command: Way(route, _hints(route.endpoint)) for route in routes if route.command is not None}


def filled(form: type[BaseModel], random: Random, words: Words, say: Say) -> BaseModel:
    """Return a body of this form, as somebody might fill it; raises `TypeError` for a field that nobody can."""
    content: dict[str, Any] = {}
    shapes = form.model_json_schema()["properties"]
    bounds = {name: {**shape, **shape.get("anyOf", [{}])[0]} for name, shape in shapes.items()}
    for name, told in form.model_fields.items():
        if name in say:
            content[name] = say[name](random)
        elif _kind(told) is str or told.is_required() or random.random() >= _LEFT_OUT:
            content[name] = _made_up(name, told, bounds[name], random, words)
    return form.model_validate(content)


def _made_up(name: str, told: FieldInfo, bounds: Mapping[str, Any], random: Random, words: Words) -> Any:
    kind = _kind(told)
    if _is(kind, Enum):
        return random.choice(list(kind))
    if kind is bool:
        return random.random() < 0.5
    if kind is int:
        return random.randint(bounds.get("minimum", 0), bounds.get("maximum", 5))
    if kind is str:
        return words(name)
    if not told.is_required():
        return told.get_default(call_default_factory=True)
    msg = f"nobody can fill {name}: {told.annotation}"
    raise TypeError(msg)


def _kind(told: FieldInfo) -> Any:
    """Return the class of a field's values."""
    option = next(one for one in _flat(told.annotation) if one is not type(None))
    return get_origin(option) or option


def _flat(annotation: Any) -> list[Any]:
    """Return the kinds that a field may have, bare of what is said about them."""
    if get_origin(annotation) is Annotated:
        return _flat(get_args(annotation)[0])
    parts = get_args(annotation)
    if type(None) in parts:
        return [one for part in parts for one in _flat(part)]
    return [annotation]


def _hints(endpoint: Callable[..., Any]) -> dict[str, Any]:
    hints = get_type_hints(endpoint)
    return {name: kind for name, kind in hints.items() if name != "return"}


def _is(kind: Any, base: type[Any]) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)
