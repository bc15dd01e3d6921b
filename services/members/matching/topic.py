"""Matching: what the topic needs to open."""

from zoneinfo import ZoneInfo

from services.members.loads.handlers import Loads
from services.members.matching import api
from services.members.matching.consumers import Consumers
from services.members.matching.domain import Proposal
from services.members.matching.handlers import Matching
from services.members.matching.store import MongoPool
from services.members.settings import Settings
from shared.store.mongo import Index
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    loads, proposals = runtime.parts[Loads], runtime.documents(Proposal)
    pool, zone = MongoPool(runtime.collection("people")), ZoneInfo(runtime.settings.timezone)
    runtime.parts.keep(Matching(runtime.clock, proposals, pool, loads, zone))


TOPIC = Topic(
    _open,
    documents=[Stored("proposals", Proposal, indexes=[Index((("state.request_id", 1),))])],
    routers=[api.router],
    consumers=Consumers,
)
