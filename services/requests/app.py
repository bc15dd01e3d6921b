"""The topics of `requests`, in the order in which they open."""

from typing import Final

from fastapi import FastAPI

import services.requests
from services.requests.casework.topic import TOPIC as CASEWORK
from services.requests.catalogue.topic import TOPIC as CATALOGUE
from services.requests.clocks.topic import TOPIC as CLOCKS
from services.requests.departures.topic import TOPIC as DEPARTURES
from services.requests.directory.topic import TOPIC as DIRECTORY
from services.requests.legs.topic import TOPIC as LEGS
from services.requests.logistics.topic import TOPIC as LOGISTICS
from services.requests.queue.topic import TOPIC as QUEUE
from services.requests.settings import Settings
from services.requests.unplaced.topic import TOPIC as UNPLACED
from services.requests.wall.topic import TOPIC as WALL
from shared.ports import Ports
from shared.runtime import service_app
from shared.topic import Topic, sessions_topic

TOPICS: Final[tuple[Topic[Settings], ...]] = (
    DIRECTORY,
    CATALOGUE,
    QUEUE,
    WALL,
    UNPLACED,
    CASEWORK,
    LEGS,
    LOGISTICS,
    CLOCKS,
    DEPARTURES,
    sessions_topic("requests"),
)


def build(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """Return the application; nothing connects before it starts. `ports` are the real ones unless others are given."""
    return service_app("requests", settings, TOPICS, ports=ports, about=services.requests.__doc__ or "")
