"""What is frozen of the facts: a sample of every event, and the JSON schema of its data; and what may change in it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.asyncapi import DIALECT, schema_of
from shared.contracts.event import Event, Fact
from shared.ids import derive_id

HERE = Path(__file__).resolve().parent
SAMPLES, SCHEMAS = HERE / "samples", HERE / "schemas"
MOMENT = "2026-03-02T08:30:00.000Z"
_PLACE = "east.b3.f4.r407"
_PLAIN = {"integer": 2, "number": 0.5, "boolean": True}
_COMMENTS = {"description", "title", "examples"}


def _value(name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    """A value that fits a field, always the same one."""
    if "$ref" in schema:
        return _value(name, definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return _value(name, schema["anyOf"][0], definitions)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties") or {"skill": schema["additionalProperties"]}
            return {key: _value(key, field, definitions) for key, field in fields.items()}
        case "array":
            return [_value(name, schema["items"], definitions)]
        case kind:
            return _PLAIN[kind] if kind in _PLAIN else _text(name, schema)


def _text(name: str, schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "date-time":
        return MOMENT
    if "pattern" in schema:
        return _PLACE
    return derive_id("sample", name) if name.endswith(("_id", "_ids")) else name


def sample_of(fact: type[Fact]) -> Event[Fact]:
    """One event of this fact, always the same."""
    schema = schema_of(fact)
    data = fact.model_validate(_value("", schema, schema.get("$defs", {})))
    return Event(
        id=derive_id("sample", fact.__name__),
        source=f"/yizhan/{fact.type_name().partition('.')[0]}",
        subject=derive_id("sample", "subject"),
        time=datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
        version=3,
        cause=derive_id("sample", "cause"),
        correlation=derive_id("sample", "correlation"),
        actor=derive_id("sample", "actor"),
        data=data,
    )


def frozen_schema_of(fact: type[Fact]) -> dict[str, Any]:
    """The JSON schema of the fact's data, as it is kept."""
    return {"$schema": DIALECT, "$id": f"urn:yizhan:schema:{fact.type_name()}", **schema_of(fact)}


def to_text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def bare(node: Any) -> Any:
    """The schema without its comments, which may change freely."""
    if isinstance(node, dict):
        kept = {key: bare(value) for key, value in node.items() if key not in _COMMENTS or isinstance(value, dict)}
        return {key: sorted(value) if key == "required" else value for key, value in kept.items()}
    return [bare(item) for item in node] if isinstance(node, list) else node


def _object_changes(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    changes = [f"{where}{name} is gone" for name in before if name not in after]
    changes += [f"{where}{name} changed" for name in before if name in after and before[name] != after[name]]
    if (newly := set(new.get("required", [])) - set(old.get("required", []))) != set():
        changes.append(f"{where}{', '.join(sorted(newly))} became required")
    if (freed := set(old.get("required", [])) - set(new.get("required", []))) != set():
        changes.append(f"{where}{', '.join(sorted(freed))} became optional")
    apart = {"properties", "required", "$defs"}
    if {k: v for k, v in old.items() if k not in apart} != {k: v for k, v in new.items() if k not in apart}:
        changes.append(f"{where or 'the schema'} changed")
    return changes


def breaking_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What of a published schema changed in another way than by an added optional field."""
    before, after = bare(old), bare(new)
    changes = _object_changes("", before, after)
    for name, definition in before.get("$defs", {}).items():
        if name in after.get("$defs", {}):
            changes += _object_changes(f"{name}.", definition, after["$defs"][name])
        else:
            changes.append(f"{name} is gone")
    return changes
