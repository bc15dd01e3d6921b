"""The topics of `requests`, in the order in which they open."""

from typing import Final

from fastapi import FastAPI

import services.requests
from services.requests.casework.topic import TOPIC as CASEWORK
from services.requests.categories.topic import TOPIC as CATEGORIES
from services.requests.clocks.topic import TOPIC as CLOCKS
from services.requests.closing.topic import TOPIC as CLOSING
from services.requests.desk.topic import TOPIC as DESK
from services.requests.filing.topic import TOPIC as FILING
from services.requests.learnt.topic import TOPIC as LEARNT
from services.requests.leavers.topic import TOPIC as LEAVERS
from services.requests.legs.topic import TOPIC as LEGS
from services.requests.logistics.topic import TOPIC as LOGISTICS
from services.requests.settings import Settings
from services.requests.similar.topic import TOPIC as SIMILAR
from services.requests.unplaced.topic import TOPIC as UNPLACED
from services.requests.wall.topic import TOPIC as WALL
from shared.ports import Ports
from shared.runtime import service_app
from shared.topic import Topic, sessions_topic

TOPICS: Final[tuple[Topic[Settings], ...]] = (
    LEARNT,
    CATEGORIES,
    FILING,
    WALL,
    SIMILAR,
    UNPLACED,
    CASEWORK,
    LEGS,
    CLOSING,
    DESK,
    LOGISTICS,
    CLOCKS,
    LEAVERS,
    sessions_topic("requests"),
)


def build(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """Return the application; nothing connects before it starts. `ports` are the real ones unless others are given."""
    return service_app("requests", settings, TOPICS, ports=ports, about=services.requests.__doc__ or "")
