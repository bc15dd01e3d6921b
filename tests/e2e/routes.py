"""What the four services say that they take: operations, their bodies, their parameters, and who may call them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.auth.actor import Actor
from shared.contracts.members import Role
from shared.ids import derive_id
from tests.contract import openapi
from tests.contract.openapi import PERMISSIONS
from tests.e2e.house import person

NOTHING = derive_id("e2e", "nothing")
HTTP_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@dataclass(frozen=True)
class Operation:
    """One route of one service."""

    service: str
    method: str
    template: str
    body: dict[str, Any] | None
    parameters: tuple[dict[str, Any], ...]
    media: tuple[str, ...]
    creates: bool
    """Whether it makes something, so that it needs a key of its own; for other commands the key is optional."""

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    def path(self, value: str = NOTHING) -> str:
        """The path with this value for every parameter in it."""
        names = [p["name"] for p in self.parameters if p["in"] == "path"]
        return self.template.format(**dict.fromkeys(names, value))

    def names(self, place: str) -> set[str]:
        return {p["name"].lower() if place == "header" else p["name"] for p in self.parameters if p["in"] == place}

    def caller(self) -> Actor | None:
        """Somebody whom the route lets in."""
        allowed = PERMISSIONS[str(self)]
        if allowed.public:
            return None
        return person(Role.ADMIN if allowed.roles is None or Role.ADMIN in allowed.roles else min(allowed.roles))


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _resolved(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    options = [_resolved(document, option) for option in schema.get("anyOf", []) if option.get("type") != "null"]
    return {**schema, **options[0], "options": options} if options else schema


def _operations() -> Iterator[Operation]:
    for service in openapi.SERVICES:
        document = openapi.told_by(service)
        for template, item in document["paths"].items():
            for method, told in item.items():
                content = told.get("requestBody", {}).get("content", {})
                schema = content.get("application/json", {}).get("schema")
                body = _resolved(document, schema) if schema else None
                if body is not None:
                    fields = body.get("properties", {})
                    body["properties"] = {name: _resolved(document, field) for name, field in fields.items()}
                parameters = tuple(told.get("parameters", []))
                creates = {"200", "201"} <= set(told["responses"])
                yield Operation(service, method.upper(), template, body, parameters, tuple(content), creates)


OPERATIONS = tuple(_operations())
WITH_JSON = [operation for operation in OPERATIONS if operation.body is not None]
WITH_KEY = [operation for operation in OPERATIONS if "idempotency-key" in operation.names("header")]
CREATIONS = [operation for operation in WITH_KEY if operation.creates]
WITH_IF_MATCH = [operation for operation in OPERATIONS if "if-match" in operation.names("header")]
WITH_QUERY = [operation for operation in OPERATIONS if operation.method == "GET" and operation.names("query")]
WITH_PATH = [operation for operation in OPERATIONS if operation.names("path")]
FIELDS = [(operation, name) for operation in WITH_JSON for name in (operation.body or {}).get("properties", {})]


def wrong_values(field: dict[str, Any]) -> list[Any]:
    """Values that fit no reading of the field."""
    kind = field.get("type")
    wrong: list[Any] = ["text", 7] if kind == "object" else [{"surprise": []}]
    match kind:
        case "string":
            wrong += [7, True, [], *(["nonsense"] if "enum" in field else [])]
            wrong += ["x" * 100_000] if "maxLength" in field else []
            wrong += ["tomorrow", "2026-13-45T99:00:00Z"] if field.get("format") == "date-time" else []
            wrong += ["Not A Place!"] if "pattern" in field and not re.search(field["pattern"], "Not A Place!") else []
        case "integer":
            wrong += ["seven", 1.5, [], 10**18, -(10**18)]
        case "number":
            wrong += ["seven", []]
        case "boolean":
            wrong += ["perhaps", 2, []]
        case "array":
            wrong += ["text", 7]
    return wrong
