"""Points: what the topic needs to open."""

from services.members.points import api
from services.members.points.consumers import Consumers
from services.members.points.domain import Sheet
from services.members.points.handlers import Points
from services.members.settings import Settings
from shared.store.mongo import Index
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    points = runtime.parts.keep(Points(runtime.documents(Sheet), runtime.clock))
    runtime.consumers.append(Consumers(points))


TOPIC = Topic(
    _open,
    documents=[Stored("points", Sheet, indexes=[Index((("state.entries.person_id", 1),))])],
    routers=[api.router],
    consumers=Consumers,
)
