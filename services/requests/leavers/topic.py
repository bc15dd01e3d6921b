"""People who leave: what the topic needs to open."""

from services.requests.casework.handlers import Casework
from services.requests.learnt.store import MongoLearnt
from services.requests.leavers.consumers import Consumers
from services.requests.leavers.store import INDEX
from services.requests.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    runtime.consumers.append(Consumers(runtime.parts[Casework], runtime.parts[MongoLearnt]))


TOPIC = Topic(_open, collections={"requests": [INDEX]}, consumers=Consumers)
