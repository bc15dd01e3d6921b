"""The OpenAPI of every service validates, is frozen, and documents every problem that a route may answer."""

import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from typing import Annotated, Any, get_args, get_origin

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import TypeAdapter, ValidationError

from shared.http import Body
from shared.http.answers import ANSWERS, EVERYWHERE
from tests.architecture.house import ROOT
from tests.contract import openapi
from tests.contract.openapi import PERMISSIONS
from tests.e2e.forms import FORMS

NEVER_ANSWERED = {"activity.not_forgotten", "leg.offer_stale", "request.clock_not_due"}
"""Refusals of what others tell and of clocks: they end in a log, never in an answer."""


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def refusals_of(service: str) -> set[str]:
    """The codes of every refusal that the service's domains name."""
    codes: set[str] = set()
    rooms = [*(ROOT / "services" / service).glob("*/domain.py"), *(ROOT / "services" / service).glob("*/domain/*.py")]
    for path in sorted(rooms):
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        why = getattr(module, "Why", None)
        codes |= {str(code) for code in why} if isinstance(why, type) and issubclass(why, StrEnum) else set()
    return codes


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_the_document_validates(service: str) -> None:
    OpenAPIV31SpecValidator(openapi.told_by(service)).validate()


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_the_frozen_document_is_that_of_the_code(service: str) -> None:
    assert openapi.frozen_of(service) == openapi.told_by(service), (
        "accept it: python -m tests.contract.freeze openapi --accept"
    )


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_every_operation_says_what_it_is_and_documents_its_problems(service: str) -> None:
    for name, operation in _operations(openapi.told_by(service)):
        assert operation.get("summary"), name
        assert operation.get("description"), f"{name} has no docstring"
        for status, answer in operation["responses"].items():
            if int(status) in ANSWERS:
                assert answer == {"$ref": f"#/components/responses/Problem{status}"}, name
        assert {str(status) for status in EVERYWHERE} <= set(operation["responses"]), name


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_every_problem_is_told_with_its_status_its_codes_and_its_headers(service: str) -> None:
    document = openapi.told_by(service)
    every = set(document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"])
    seen: set[str] = set()
    for name, answer in document["components"]["responses"].items():
        assert set(answer["content"]) == {"application/problem+json"}
        whole, narrowed = answer["content"]["application/problem+json"]["schema"]["allOf"]
        assert whole == {"$ref": "#/components/schemas/Problem"}
        assert narrowed["properties"]["status"] == {"const": int(name.removeprefix("Problem"))}
        seen |= set(narrowed["properties"]["code"]["enum"])
        assert set(ANSWERS[int(name.removeprefix("Problem"))].headers) == set(answer.get("headers", {}))
    assert seen <= every


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_every_operation_says_whom_the_permission_table_lets_in(service: str) -> None:
    document = openapi.told_by(service)
    assert set(document["components"]["securitySchemes"]) == {"bearer", "cookie"}
    for name, operation in _operations(document):
        allowed = PERMISSIONS[name]
        assert operation["security"] == ([{}] if allowed.public else [{"bearer": []}, {"cookie": []}]), name
        answers = set(operation["responses"])
        assert allowed.public or "401" in answers, name
        assert allowed.roles is None or "403" in answers, name
        for role in allowed.roles or ():
            assert role in operation["description"].rpartition("For: ")[2], name


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_every_tag_that_is_used_is_declared_and_described(service: str) -> None:
    document = openapi.told_by(service)
    declared = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert {tag for _, operation in _operations(document) for tag in operation["tags"]} == set(declared)
    assert all(declared.values())


def parameters(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Every parameter of this name, with its operation."""
    return [
        (operation, parameter)
        for service in openapi.SERVICES
        for operation, told in _operations(openapi.told_by(service))
        for parameter in told.get("parameters", ())
        if parameter["name"] == name
    ]


def test_a_key_is_required_where_something_is_made_and_told_with_its_form() -> None:
    required = {operation for operation, parameter in parameters("Idempotency-Key") if parameter["required"]}
    assert required == set(FORMS)
    for operation, parameter in parameters("Idempotency-Key"):
        form = {"type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": 128}
        assert parameter["schema"] == form, operation


def test_an_expected_version_and_a_cursor_are_told_with_their_form() -> None:
    for operation, parameter in parameters("If-Match"):
        version = Draft202012Validator(parameter["schema"])
        assert all(version.is_valid(told) for told in ("*", '"12"', 'W/"12"')), operation
        assert not any(version.is_valid(told) for told in ("", "5", '"five"', '"-1"', "*, *", None)), operation
        assert "412" in _operation(operation)["responses"]
    for operation, parameter in parameters("cursor"):
        pattern = parameter["schema"]["pattern"]
        assert pattern.startswith("^~"), operation
        assert not re.search(pattern, "anything else"), operation


def test_a_mapping_takes_only_names_and_values_of_its_form() -> None:
    answers = openapi.told_by("requests")["components"]["schemas"]["ConfirmationBody"]["properties"]["answers"]
    form = Draft202012Validator(answers)
    assert all(form.is_valid(told) for told in ({}, {"Was it kind?": "yes"}, {"Was it kind?": ""}))
    assert not any(form.is_valid(told) for told in ({"x\x00": "yes"}, {"x": ["yes"]}, {"x\x1b": []}, {"": "yes"}))


def test_no_parameter_is_said_to_be_null() -> None:
    for service in openapi.SERVICES:
        for name, operation in _operations(openapi.told_by(service)):
            for parameter in operation.get("parameters", ()):
                assert "null" not in str(parameter["schema"].get("anyOf", "")), name
                assert parameter["description"], name


def _operation(name: str) -> dict[str, Any]:
    return next(
        told for service in openapi.SERVICES for one, told in _operations(openapi.told_by(service)) if one == name
    )


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_operation_ids_are_unique(service: str) -> None:
    ids = [operation["operationId"] for _, operation in _operations(openapi.told_by(service))]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_every_refusal_of_the_domains_is_a_documented_code(service: str) -> None:
    documented = openapi.told_by(service)["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert refusals_of(service) - NEVER_ANSWERED <= set(documented)


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_no_json_body_takes_unknown_fields(service: str) -> None:
    document = openapi.told_by(service)
    for name, operation in _operations(document):
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if "$ref" in schema:
            body = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            assert body.get("additionalProperties") is False, name


def _kinds_of_text(annotation: Any) -> Iterator[Any]:
    """Every kind of text in an annotation: `str` with what is asked of it."""
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated and parts[0] is str:
        yield annotation
        return
    for part in parts:
        yield from _kinds_of_text(part)


def _texts_of(body: type[Body]) -> Iterator[Any]:
    for field in body.model_fields.values():
        yield from _kinds_of_text(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation)
    for further in body.__subclasses__():
        yield from _texts_of(further)


def test_a_text_of_a_body_that_the_document_allows_is_not_refused_for_its_length() -> None:
    """What is stripped before it is measured must show in the pattern, or be told by a code of the texts' own."""
    kinds = {str(kind): kind for service in openapi.SERVICES if openapi.app_of(service) for kind in _texts_of(Body)}
    assert len(kinds) > 5
    told = {"words.nothing_visible", "words.too_short", "words.unknown_character", "words.too_many_marks"}
    for name, kind in kinds.items():
        adapter = TypeAdapter[Any](kind)
        schema = adapter.json_schema()
        allowed = Draft202012Validator(schema)
        least, most = schema.get("minLength", 0), schema.get("maxLength", 300)
        for blank in " \t\n\x0b\x1c\x85\xa0\u1680\u2009\u2028\u202f\u205f\u3000\u200b\ufeff":
            for text in (blank * least, "a" + blank * least, blank * 9, "a" * most + blank, blank + "a" * most):
                if allowed.is_valid(text):
                    assert _faults(adapter, text) <= told, (name, text)


def _faults(adapter: TypeAdapter[Any], text: str) -> set[str]:
    try:
        adapter.validate_python(text)
    except ValidationError as refused:
        return {fault["type"] for fault in refused.errors()}
    return set()
