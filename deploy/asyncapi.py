"""The contracts as JSON Schema and as one AsyncAPI 3 document."""

from collections.abc import Iterable
from typing import Any, Final

from shared.contracts.event import SPEC_VERSION, Fact

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
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
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for fact in facts:
        name, title = fact.type_name(), fact.__name__
        schema = schema_of(fact)
        for defined, body in schema.get("$defs", {}).items():
            schemas[defined] = _lifted(body)
        schemas[title] = _lifted(schema)
        reference = {"$ref": f"#/components/schemas/{title}"}
        messages[title] = {
            "name": name,
            "title": title,
            "summary": summary(fact),
            "contentType": "application/cloudevents+json",
            "payload": envelope_of(fact, reference),
        }
        channels[title] = {
            "address": fact.SUBJECT,
            "messages": {title: {"$ref": f"#/components/messages/{title}"}},
        }
        operations[f"tell{title}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{title}"},
            "messages": [{"$ref": f"#/channels/{title}/messages/{title}"}],
            "tags": [{"name": name.partition(".")[0]}],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Yizhan events",
            "version": version,
            "description": "One JetStream stream, YIZHAN, over yizhan.>; structured CloudEvents in JSON.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": dict(sorted(schemas.items()))},
    }


def summary(fact: type[Fact]) -> str:
    """Return the first paragraph of the fact's docstring on one line."""
    return " ".join((fact.__doc__ or "").strip().partition("\n\n")[0].split())
