"""People who leave: what the topic needs to open."""

from services.requests.casework.handlers.casework import Casework
from services.requests.departures.consumers import Consumers
from services.requests.departures.store import INDEX
from services.requests.directory.store import Directory
from services.requests.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    runtime.consumers.append(Consumers(runtime.parts[Casework], runtime.parts[Directory]))


TOPIC = Topic(_open, collections={"requests": [INDEX]}, consumers=Consumers)
