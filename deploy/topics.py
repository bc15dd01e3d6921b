"""What the four services declare: their topics, from their `app.py`."""

import importlib
from collections.abc import Sequence
from typing import Any

from shared.topic import Topic

SERVICES: tuple[str, ...] = ("members", "activities", "requests", "reporting")


def topics_of(service: str) -> Sequence[Topic[Any]]:
    """Return the topics of a service, in the order in which they open."""
    return importlib.import_module(f"services.{service}.app").TOPICS
