"""Loads: what the topic needs to open."""

from services.members.loads.consumers import Consumers
from services.members.loads.handlers import Loads
from services.members.loads.store import LOADS_INDEX, MongoLoads
from services.members.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    runtime.parts.keep(MongoLoads(runtime.collection("loads")), Loads)


TOPIC = Topic(_open, collections={"loads": [LOADS_INDEX]}, consumers=Consumers)
