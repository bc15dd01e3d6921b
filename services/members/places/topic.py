"""Places: what the topic needs to open."""

from services.members.creation.store import CREATION_INDEX
from services.members.places import api
from services.members.places.domain import Place, Why
from services.members.places.handlers import Places
from services.members.settings import Settings
from shared.store.mongo import Index
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    runtime.parts.keep(api.CampusTime(runtime.settings.timezone, runtime.clock))


TOPIC = Topic(
    _open,
    documents=[Stored("places", Place, indexes=[CREATION_INDEX, Index((("state.parent", 1),))])],
    parts=[Places],
    routers=[api.router, api.campus_router],
    refusals={**dict.fromkeys(Why, 422), Why.TAKEN: 409, Why.OTHER_TYPE: 409},
)
