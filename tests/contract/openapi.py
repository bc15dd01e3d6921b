"""The OpenAPI documents of the four services: as the code tells them, and as they are frozen."""

import atexit
import json
import shutil
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from deploy.permissions import permissions_of

SERVICES = ("members", "requests", "activities", "reporting")
PERMISSIONS = {route: allowed for service in SERVICES for route, allowed in permissions_of(service).items()}
"""Who may call each route of the four services, by `METHOD path`."""
FOLDER = Path(__file__).resolve().parent / "openapi"


@cache
def app_of(service: str) -> FastAPI:
    """The service's application, built and not started; its keys lie in a folder that is thrown away at the end."""
    keys = Path(tempfile.mkdtemp(prefix="yizhan-openapi-"))
    atexit.register(shutil.rmtree, keys, ignore_errors=True)
    settings = import_module(f"services.{service}.settings").Settings
    given = {
        "jwks": str(keys / "jwks.json"),
        "signing_key": str(keys / "signing.pem"),
        "person_key": str(keys / "person.key"),
    }
    known = {name: value for name, value in given.items() if name in settings.model_fields}
    return import_module(f"services.{service}.app").build(settings(**known))


def told_by(service: str) -> dict[str, Any]:
    """The document as the code tells it, in plain JSON."""
    return json.loads(json.dumps(app_of(service).openapi()))


def frozen_of(service: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{service}.json").read_text("utf-8"))


def documents() -> dict[Path, str]:
    """Every frozen document as the code would have it."""
    return {
        FOLDER / f"{service}.json": json.dumps(told_by(service), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for service in SERVICES
    }
