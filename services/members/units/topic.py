"""Units: what the topic needs to open."""

from services.members.creation.store import CREATION_INDEX
from services.members.settings import Settings
from services.members.units import api
from services.members.units.domain import Unit, Why
from services.members.units.handlers import Units
from shared.store.mongo import Index
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    runtime.parts.keep(Units(runtime.documents(Unit), runtime.clock))


TOPIC = Topic(
    _open,
    documents=[Stored("units", Unit, indexes=[CREATION_INDEX, Index((("state.parent", 1),))])],
    routers=[api.router],
    refusals={**dict.fromkeys(Why, 422), Why.TAKEN: 409, Why.OTHER_TYPE: 409},
)
