"""The OpenAPI documents of the four services, from their code."""

from pathlib import Path


def documents() -> dict[Path, str]:
    return {}
