"""Units: what the topic needs to open."""

from services.members.creation.store import CREATION_INDEX
from services.members.units import api
from services.members.units.domain import Unit, Why
from services.members.units.handlers import Units
from shared.store.mongo import Index
from shared.topic import Stored, Topic

TOPIC = Topic(
    documents=[Stored("units", Unit, indexes=[CREATION_INDEX, Index((("state.parent", 1),))])],
    parts=[Units],
    routers=[api.router],
    refusals={**dict.fromkeys(Why, 422), Why.TAKEN: 409, Why.OTHER_TYPE: 409},
)
