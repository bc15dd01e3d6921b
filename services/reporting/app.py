"""The topics of `reporting`, in the order in which they open."""

from typing import Final

from fastapi import FastAPI

import services.reporting
from services.reporting.boards.topic import TOPIC as BOARDS
from services.reporting.confidential.topic import TOPIC as CONFIDENTIAL
from services.reporting.figures.topic import TOPIC as FIGURES
from services.reporting.lists.topic import TOPIC as LISTS
from services.reporting.projection.topic import TOPIC as PROJECTION
from services.reporting.rebuilds.topic import TOPIC as REBUILDS
from services.reporting.rows.topic import TOPIC as ROWS
from services.reporting.settings import Settings
from shared.ports import Ports
from shared.runtime import service_app
from shared.topic import Topic, sessions_topic

TOPICS: Final[tuple[Topic[Settings], ...]] = (
    ROWS,
    REBUILDS,
    CONFIDENTIAL,
    FIGURES,
    BOARDS,
    PROJECTION,
    LISTS,
    sessions_topic("reporting"),
)


def build(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """Return the application; nothing connects before it starts. `ports` are the real ones unless others are given."""
    return service_app("reporting", settings, TOPICS, ports=ports, about=services.reporting.__doc__ or "")
