"""Whether an answer is one that the service's own document tells of: its status, its form, and a problem's code."""

import re
from functools import cache
from typing import Any

import httpx

from tests.contract import openapi

PROBLEM = "application/problem+json"
UNDECLARED = {405, 404}
"""What no operation can tell of: an unknown path, and a method that a path does not take."""


@cache
def _templates(service: str) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Every path of a service, those with fewer parameters first."""
    paths: dict[str, Any] = openapi.told_by(service)["paths"]
    ordered = sorted(paths, key=lambda template: template.count("{"))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", template)), paths[template]) for template in ordered]


def _codes(service: str, status: int) -> set[str]:
    answer = openapi.told_by(service)["components"]["responses"][f"Problem{status}"]
    return set(answer["content"][PROBLEM]["schema"]["allOf"][1]["properties"]["code"]["enum"])


def undeclared(service: str, method: str, path: str, answer: httpx.Response) -> str | None:
    """What the document does not tell of an answer, or None."""
    item = next((item for template, item in _templates(service) if template.fullmatch(path)), {})
    operation = item.get(("GET" if method == "HEAD" else method).lower())
    if operation is None:
        return None if answer.status_code in UNDECLARED | {204} else f"{method} {path} is not told of"
    told = operation["responses"].get(str(answer.status_code))
    if told is None:
        return f"{method} {path}: {answer.status_code} is not told of"
    media = answer.headers.get("content-type", "").partition(";")[0]
    if "$ref" in told:
        fine = media == PROBLEM and answer.json()["code"] in _codes(service, answer.status_code)
        return None if fine or method == "HEAD" else f"{method} {path}: {answer.status_code} with {answer.text}"
    if media not in told.get("content", {media: None}):
        return f"{method} {path}: {answer.status_code} as {media}"
    return None
