"""The pages hold people to the very limits that the services have: the file of limits follows the OpenAPI documents."""

import json
from typing import Any

import pytest

from tests.architecture.house import ROOT
from tests.contract import openapi

_NAMES = {"minimum": "min", "maximum": "max", "minLength": "minLength", "maxLength": "maxLength"}


def limits_of_the_pages() -> dict[str, Any]:
    text = (ROOT / "web/src/api/generated/limits.ts").read_text("utf-8")
    return json.loads(text.partition("export const limits = ")[2].removesuffix(" as const\n"))


def limits_of(service: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for form, schema in openapi.frozen_of(service)["components"]["schemas"].items():
        if not form.endswith("Body"):
            continue
        for field, told in schema.get("properties", {}).items():
            kind = next((one for one in told.get("anyOf", [told]) if one.get("type") != "null"), {})
            limit = {ours: kind[name] for name, ours in _NAMES.items() if name in kind}
            if limit:
                found.setdefault(form, {})[field] = limit
    return found


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_the_limits_of_the_pages_are_those_of_the_service(service: str) -> None:
    assert limits_of_the_pages()[service] == limits_of(service), "write them again: npm run generate"
