"""The topics of `activities`, in the order in which they open."""

from typing import Final

from fastapi import FastAPI

import services.activities
from services.activities.directory.topic import TOPIC as DIRECTORY
from services.activities.programme.topic import TOPIC as PROGRAMME
from services.activities.settings import Settings
from services.activities.venues.topic import TOPIC as VENUES
from shared.ports import Ports
from shared.runtime import service_app
from shared.topic import Topic, sessions_topic

TOPICS: Final[tuple[Topic[Settings], ...]] = (
    DIRECTORY,
    VENUES,
    PROGRAMME,
    sessions_topic("activities"),
)


def build(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """Return the application; nothing connects before it starts. `ports` are the real ones unless others are given."""
    return service_app("activities", settings, TOPICS, ports=ports, about=services.activities.__doc__ or "")
