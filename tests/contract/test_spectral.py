"""The OpenAPI documents hold to every rule of Spectral, and to OWASP's about who may call what."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract import openapi
from tests.contract.spectral.lint import lint


def test_spectral_finds_nothing_in_the_documents() -> None:
    found = lint([openapi.FOLDER / f"{service}.json" for service in openapi.SERVICES])
    told = [
        f"{one['code']} {Path(one['source']).name} {'.'.join(map(str, one['path']))}: {one['message']}" for one in found
    ]
    assert not told, "\n".join(told)


def _without_schemes(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            operation.pop("security", None)


def _without_tags(document: dict[str, Any]) -> None:
    document["tags"] = []


def _key_in_the_address(document: dict[str, Any]) -> None:
    document["components"]["securitySchemes"]["cookie"]["in"] = "query"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_without_schemes, "owasp:api2:2023-write-restricted"),
        (_without_schemes, "owasp:api2:2023-read-restricted"),
        (_without_tags, "operation-tag-defined"),
        (_key_in_the_address, "owasp:api2:2023-no-api-keys-in-url"),
    ],
)
def test_spectral_finds_what_is_planted(spoil: Callable[[dict[str, Any]], None], code: str, tmp_path: Path) -> None:
    document = copy.deepcopy(openapi.frozen_of("activities"))
    spoil(document)
    spoilt = tmp_path / "activities.json"
    spoilt.write_text(json.dumps(document), "utf-8")
    assert code in {one["code"] for one in lint([spoilt])}
