"""The OpenAPI of every service validates, is frozen, and documents every problem that a route may answer."""

from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.architecture.house import ROOT
from tests.contract import openapi

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
        for status in ("400", "401", "403", "404", "409", "412", "413", "415", "422", "503"):
            content = operation["responses"][status]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}, name


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
