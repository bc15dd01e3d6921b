"""Clocks of requests: what the topic needs to open."""

from services.requests.casework.handlers.casework import Casework
from services.requests.clocks.handlers import ring_due_clocks
from services.requests.clocks.store import INDEX
from services.requests.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    casework = runtime.parts[Casework]
    runtime.sweep("requests-clocks", runtime.settings.clocks_every, lambda: ring_due_clocks(casework))


TOPIC = Topic(_open, collections={"requests": [INDEX]})
