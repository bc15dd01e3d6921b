"""The topics of `members`, in the order in which they open."""

from typing import Final

from fastapi import FastAPI

import services.members
from services.members.accounts.topic import TOPIC as ACCOUNTS
from services.members.acquaintance.topic import TOPIC as ACQUAINTANCE
from services.members.duty_areas.topic import TOPIC as DUTY_AREAS
from services.members.imports.topic import TOPIC as IMPORTS
from services.members.loads.topic import TOPIC as LOADS
from services.members.matching.topic import TOPIC as MATCHING
from services.members.people.topic import IDS as PERSON_IDS
from services.members.people.topic import TOPIC as PEOPLE
from services.members.places.topic import TOPIC as PLACES
from services.members.points.topic import TOPIC as POINTS
from services.members.settings import Settings
from services.members.signin.topic import TOPIC as SIGNIN
from services.members.units.topic import TOPIC as UNITS
from shared.ports import Ports
from shared.runtime import service_app
from shared.topic import Topic, sessions_topic

TOPICS: Final[tuple[Topic[Settings], ...]] = (
    PLACES,
    UNITS,
    ACCOUNTS,
    LOADS,
    PEOPLE,
    DUTY_AREAS,
    SIGNIN,
    ACQUAINTANCE,
    IMPORTS,
    MATCHING,
    POINTS,
    PERSON_IDS,
    sessions_topic("members"),
)


def build(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """Return the application; nothing connects before it starts. `ports` are the real ones unless others are given."""
    return service_app("members", settings, TOPICS, ports=ports, about=services.members.__doc__ or "")
