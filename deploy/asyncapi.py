"""The contracts as JSON Schema and as one AsyncAPI 3 document."""

from collections.abc import Iterable
from typing import Any, Final

from shared.contracts.event import SPEC_VERSION, Fact

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_MEDIA: Final = "application/cloudevents+json"
_ID: Final = {"type": "string", "minLength": 1}


def schema_of(fact: type[Fact]) -> dict[str, Any]:
    """Return the JSON schema of a fact's data, as a listener must accept it."""
    return fact.model_json_schema(mode="validation")


def envelope_of(fact: type[Fact], data: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of the whole event: CloudEvents 1.0 with our four extensions around `data`."""
    service = fact.type_name().partition(".")[0]
    properties: dict[str, Any] = {
        "specversion": {"const": SPEC_VERSION},
        "id": _ID,
        "source": {"const": f"/yizhan/{service}"},
        "type": {"const": fact.type_name()},
        "subject": {**_ID, "description": "The id of the aggregate."},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"const": f"urn:yizhan:schema:{fact.type_name()}"},
        "aggregateversion": {"type": "integer", "minimum": 1, "description": "Strictly rises within an aggregate."},
        "causationid": {**_ID, "description": "The event or command that led to this one."},
        "correlationid": {**_ID, "description": "What everything in one story shares."},
        "actor": {**_ID, "description": "Who caused it: a person's id or a service."},
        "data": data,
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _lifted(node: Any) -> Any:
    """Point references at the document's components instead of at the schema's own definitions."""
    if isinstance(node, dict):
        return {
            key: value.replace("#/$defs/", "#/components/schemas/") if key == "$ref" else _lifted(value)
            for key, value in node.items()
            if key != "$defs"
        }
    return [_lifted(item) for item in node] if isinstance(node, list) else node


def document(facts: Iterable[type[Fact]], version: str) -> dict[str, Any]:
    """Return the AsyncAPI document: a channel, an operation and a message for every fact."""
    told = list(facts)
    schemas: dict[str, Any] = {}
    for fact in told:
        schema = schema_of(fact)
        schemas.update({name: _lifted(body) for name, body in schema.get("$defs", {}).items()})
        schemas[fact.__name__] = _lifted(schema)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Yizhan events",
            "version": version,
            "description": "One JetStream stream, YIZHAN, over yizhan.>; structured CloudEvents in JSON.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": _MEDIA,
        "channels": {fact.__name__: _channel(fact) for fact in told},
        "operations": {f"tell{fact.__name__}": _operation(fact) for fact in told},
        "components": {
            "messages": {fact.__name__: _message(fact) for fact in told},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _channel(fact: type[Fact]) -> dict[str, Any]:
    name = fact.__name__
    return {"address": fact.SUBJECT, "messages": {name: {"$ref": f"#/components/messages/{name}"}}}


def _operation(fact: type[Fact]) -> dict[str, Any]:
    name = fact.__name__
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        "tags": [{"name": fact.type_name().partition(".")[0]}],
    }


def _message(fact: type[Fact]) -> dict[str, Any]:
    return {
        "name": fact.type_name(),
        "title": fact.__name__,
        "summary": summary(fact),
        "contentType": _MEDIA,
        "payload": envelope_of(fact, {"$ref": f"#/components/schemas/{fact.__name__}"}),
    }


def summary(fact: type[Fact]) -> str:
    """Return the first paragraph of the fact's docstring on one line."""
    return " ".join((fact.__doc__ or "").strip().partition("\n\n")[0].split())
