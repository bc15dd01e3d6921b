"""Matching: what the topic needs to open."""

from zoneinfo import ZoneInfo

from services.members.matching import api
from services.members.matching.consumers import Consumers
from services.members.matching.domain import Proposal
from services.members.matching.handlers import Loads, MatchingDesk
from services.members.matching.store import LOADS_INDEX, MongoLoads, MongoPool
from services.members.settings import Settings
from shared.store.mongo import Index
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    loads = MongoLoads(runtime.collection("loads"))
    runtime.parts.keep(loads, Loads)
    pool, zone = MongoPool(runtime.collection("people")), ZoneInfo(runtime.settings.timezone)
    desk = runtime.parts.keep(MatchingDesk(runtime.clock, runtime.documents(Proposal), pool, loads, zone))
    runtime.consumers.append(Consumers(desk))


TOPIC = Topic(
    _open,
    documents=[Stored("proposals", Proposal, indexes=[Index((("state.request_id", 1),))])],
    collections={"loads": [LOADS_INDEX]},
    routers=[api.router],
    consumers=Consumers,
)
