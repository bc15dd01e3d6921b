"""Legs: what the topic needs to open."""

from services.requests.casework.handlers.casework import Casework
from services.requests.legs import api
from services.requests.legs.consumers import Consumers
from services.requests.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    runtime.consumers.append(Consumers(runtime.parts[Casework]))


TOPIC = Topic(_open, routers=[api.router], consumers=Consumers)
