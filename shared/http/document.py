"""The OpenAPI document that a service tells of itself: the whole of what it asks and of what it may answer.

The framework writes down what the routes declare; here is added what it does not know of: whom a route
lets in, which problems follow from a declaration and with which codes, what the headers look like, and what the tags
stand for. Nothing of it is said a second time: it all follows from the routes and the refusals.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.auth.permissions import Allowed
from shared.auth.tokens import COOKIE
from shared.http.answers import ANSWERS, ETAG, Declared, statuses_of
from shared.http.body import StrictRoute
from shared.http.problems import COMMON, MEDIA, Problem
from shared.http.router import Router

Json = dict[str, Any]

REQUIRED: Final = "x-required"
"""Marks a parameter that the route itself insists on, with a code of its own."""

ROLES: Final = "x-roles"
"""The roles that may call an operation, where not everybody who is signed in may; the menu of the pages follows it."""

COMMAND: Final = "x-command"
"""The command that an operation gives: where an answer's `may` lists it, the caller may call this operation."""

_SCHEMES: Final[Json] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The token of a session, as sign-in answers it. Checked as RFC8725 asks: EdDSA only, by key id.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The same token, as browsers keep it: HttpOnly, SameSite=Lax; another site's call is refused.",
    },
}
_SIGNED_IN: Final[list[Json]] = [{"bearer": []}, {"cookie": []}]
_NO_SIGN_IN: Final[list[Json]] = [{}]
_HERE: Final = "The origin that the document comes from, be it production, staging or local."
_LICENSE: Final = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
_CONTACT: Final = {"name": "Whoever runs this installation"}
_SERVERS: Final[list[dict[str, str | Any]]] = [{"url": "/", "description": _HERE, "x-internal": False}]
_REF: Final = "#/components/{kind}/{name}"
_HIDDEN: Final = ("HTTPValidationError", "ValidationError")


def document_of(app: FastAPI, service: str, about: str, routers: Sequence[Router], refusals: Mapping[str, int]) -> Json:
    """Return the service's document."""
    codes = {**COMMON, **refusals}
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=f"What may be asked of the service `{service}`.",
        description=about,
        routes=app.routes,
        tags=tags_of(routers),
        license_info=_LICENSE,
        contact=_CONTACT,
        servers=_SERVERS,
    )
    used: set[int] = set()
    for route, operation in _operations(document, routers):
        used |= _complete(route, operation)
    components = cast("Json", document.setdefault("components", {}))
    schemas = cast("Json", components.setdefault("schemas", {}))
    for name in _HIDDEN:
        schemas.pop(name, None)
    for shape in schemas.values():
        for field in shape.get("properties", {}).values():
            _close(field)
    _add_problem(schemas, codes)
    components["securitySchemes"] = _SCHEMES
    components["responses"] = {f"Problem{status}": _answer(status, codes) for status in sorted(used)}
    return document


def tags_of(routers: Sequence[Router]) -> list[Json]:
    """Return every tag with what its routers say about it; raises `ValueError` for one that nobody describes."""
    found: dict[str, str | None] = {}
    for router in routers:
        for tag in router.tags:
            found[str(tag)] = found.get(str(tag)) or router.about
    for tag, told in found.items():
        if told is None:
            msg = f"no router of the tag {tag!r} says what it is about"
            raise ValueError(msg)
    return [{"name": tag, "description": told} for tag, told in sorted(found.items())]


def _operations(document: Json, routers: Sequence[Router]) -> Iterator[tuple[StrictRoute, Json]]:
    for router in routers:
        for route in router.strict_routes:
            for method in route.methods or ():
                yield route, document["paths"][route.path_format][method.lower()]


def _complete(route: StrictRoute, operation: Json) -> set[int]:
    """Say what the framework leaves out; returns the problems that the route may answer."""
    method = next(iter(route.methods or ()))
    row = route.allow
    parameters = [_plain(parameter) for parameter in operation.get("parameters", [])]
    if parameters:
        operation["parameters"] = parameters
    operation["security"] = _NO_SIGN_IN if row.public else _SIGNED_IN
    _tell_roles(operation, row)
    if route.command is not None:
        operation[COMMAND] = route.command
    told = Declared(
        method,
        public=row.public,
        by_role=row.roles is not None,
        parameters=frozenset((parameter["in"], parameter["name"]) for parameter in parameters),
        body="requestBody" in operation,
    )
    special = {int(status) for status in route.responses if int(status) in ANSWERS}
    statuses = statuses_of(told) | special
    answers = {status: each for status, each in operation["responses"].items() if int(status) not in ANSWERS}
    if getattr(route.response_model, "has_etag", False):
        for each in answers.values():
            each.setdefault("headers", {})["ETag"] = ETAG
    refs = {
        str(status): {"$ref": _REF.format(kind="responses", name=f"Problem{status}")} for status in sorted(statuses)
    }
    operation["responses"] = {**answers, **refs}
    return set(statuses)


def _plain(parameter: Json) -> Json:
    """Tell of a parameter what can be sent: it is there or it is not, but it is never `null`."""
    schema = dict(parameter["schema"])
    options = [one for one in schema.pop("anyOf", []) if one.get("type") != "null"]
    if len(options) == 1:
        schema = {**schema, **options[0]}
    elif options:
        schema["anyOf"] = options
    required = bool(schema.pop(REQUIRED, False)) or parameter.get("required", False)
    described = parameter.get("description") or schema.get("description") or _words(parameter["name"])
    schema = {name: told for name, told in schema.items() if name not in {"title", "description"}}
    return {**parameter, "description": described, "required": required, "schema": schema}


def _words(name: str) -> str:
    """Return a parameter's name as words, for one that says no more than its name does."""
    return re.sub(r"[_-]", " ", name).strip().capitalize() + "."


def _tell_roles(operation: Json, row: Allowed) -> None:
    if row.roles is not None:
        operation[ROLES] = sorted(row.roles)
        operation["description"] += f"\n\nFor: {', '.join(operation[ROLES])}."


def _close(field: Json) -> None:
    """Say of a mapping that every name must be of the form of its names, where the framework leaves others open."""
    for pattern, value in field.pop("patternProperties", {}).items():
        field["additionalProperties"] = value
        field["propertyNames"] = {**field.get("propertyNames", {}), "pattern": pattern}


def _add_problem(schemas: Json, codes: Mapping[str, int]) -> None:
    shape = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(shape.pop("$defs", {}))
    shape["properties"]["code"]["enum"] = sorted(codes)
    schemas["Problem"] = shape


def _answer(status: int, codes: Mapping[str, int]) -> Json:
    """Return the answer of a status: a problem with one of the codes that come with it."""
    answer = ANSWERS[status]
    found = sorted(code for code, of in codes.items() if of == status)
    schema: Json = {"$ref": _REF.format(kind="schemas", name="Problem")}
    narrowed: Json = {"properties": {"status": {"const": status}, **({"code": {"enum": found}} if found else {})}}
    told: Json = {"description": answer.description, "content": {MEDIA: {"schema": {"allOf": [schema, narrowed]}}}}
    if answer.headers:
        told["headers"] = dict(answer.headers)
    return told
