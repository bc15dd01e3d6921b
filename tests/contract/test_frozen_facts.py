"""A published fact is frozen: its sample is still read, its schema has only grown."""

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from deploy.asyncapi import envelope_of
from shared.contracts.catalog import BY_TYPE, FACTS
from shared.contracts.event import Fact, UndecodableEventError, event_from_json
from tests.contract import frozen

TYPES = [fact.type_name() for fact in FACTS]
CHECKER = jsonschema.Draft202012Validator.FORMAT_CHECKER


def _read(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    sample, schema = (folder / f"{name}.json" for folder in (frozen.SAMPLES, frozen.SCHEMAS))
    return json.loads(sample.read_text("utf-8")), json.loads(schema.read_text("utf-8"))


@pytest.mark.parametrize("folder", [frozen.SAMPLES, frozen.SCHEMAS])
def test_every_fact_is_frozen_and_no_frozen_fact_is_forgotten(folder: Any) -> None:
    assert sorted(path.stem for path in folder.glob("*.json")) == sorted(TYPES)


@pytest.mark.parametrize("name", TYPES)
def test_a_published_schema_changes_only_by_optional_fields(name: str) -> None:
    _, schema = _read(name)
    assert frozen.breaking_changes(schema, frozen.frozen_schema_of(BY_TYPE[name])) == []


@pytest.mark.parametrize("name", TYPES)
def test_the_frozen_schema_is_that_of_the_code(name: str) -> None:
    _, schema = _read(name)
    assert frozen.bare(schema) == frozen.bare(frozen.frozen_schema_of(BY_TYPE[name])), (
        "accept it: python -m tests.contract.freeze facts --accept"
    )


@pytest.mark.parametrize("name", TYPES)
def test_a_frozen_sample_is_read_and_told_again_unchanged(name: str) -> None:
    sample, _ = _read(name)
    event = event_from_json(json.dumps(sample).encode(), BY_TYPE)
    told = event.to_dict()
    assert {**told, "data": sample["data"]} == sample
    assert told["data"].items() >= sample["data"].items()
    assert event_from_json(event.to_json(), BY_TYPE) == event


@pytest.mark.parametrize("name", TYPES)
def test_a_frozen_sample_fits_the_schema_of_its_envelope_and_data(name: str) -> None:
    sample, schema = _read(name)
    jsonschema.validate(sample["data"], schema, jsonschema.Draft202012Validator, format_checker=CHECKER)
    envelope = envelope_of(BY_TYPE[name], {"type": "object"})
    jsonschema.validate(sample, envelope, jsonschema.Draft202012Validator, format_checker=CHECKER)


@pytest.mark.parametrize("name", TYPES)
def test_a_field_of_a_later_release_is_ignored(name: str) -> None:
    sample, _ = _read(name)
    sample["data"]["added_later"] = 1
    sample["extensionofalaterrelease"] = "x"
    assert isinstance(event_from_json(json.dumps(sample).encode(), BY_TYPE).data, Fact)


@pytest.mark.parametrize("name", TYPES)
def test_an_event_without_one_of_its_fields_is_undecodable(name: str) -> None:
    sample, schema = _read(name)
    for field in schema["required"]:
        lacking = {**sample, "data": {key: value for key, value in sample["data"].items() if key != field}}
        with pytest.raises(UndecodableEventError):
            event_from_json(json.dumps(lacking).encode(), BY_TYPE)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"{}", b'{"id": NaN}', b"\xff\xfe", b'{"type": "requests.request.filed.v1"}'],
)
def test_garbled_bytes_are_undecodable_and_nothing_else(raw: bytes) -> None:
    with pytest.raises(UndecodableEventError):
        event_from_json(raw, BY_TYPE)


def _drop(schema: dict[str, Any]) -> None:
    del schema["properties"]["filed_at"]


def _retype(schema: dict[str, Any]) -> None:
    schema["properties"]["urgent"] = {"type": "string"}


def _demand(schema: dict[str, Any]) -> None:
    schema["properties"]["mood"] = {"type": "string"}
    schema["required"].append("mood")


def _relax(schema: dict[str, Any]) -> None:
    schema["required"].remove("urgent")


def _widen(schema: dict[str, Any]) -> None:
    schema["$defs"]["Stage"]["enum"].append("forgotten")


def _close(schema: dict[str, Any]) -> None:
    schema["additionalProperties"] = False


def _forget(schema: dict[str, Any]) -> None:
    del schema["$defs"]["Stage"]


@pytest.mark.parametrize("change", [_drop, _retype, _demand, _relax, _widen, _close, _forget])
def test_a_change_that_breaks_a_listener_is_found(change: Callable[[dict[str, Any]], None]) -> None:
    _, schema = _read("requests.request.filed.v1")
    changed = copy.deepcopy(schema)
    change(changed)
    assert frozen.breaking_changes(schema, changed)


def test_an_optional_field_and_another_wording_are_no_breach() -> None:
    _, schema = _read("requests.request.filed.v1")
    changed = copy.deepcopy(schema)
    changed["properties"]["mood"] = {"type": "string", "default": ""}
    changed["description"] = "Said in other words."
    assert frozen.breaking_changes(schema, changed) == []
