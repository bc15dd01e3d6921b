"""Points: what the topic needs to open."""

from services.members.points import api
from services.members.points.consumers import Consumers
from services.members.points.domain import Transaction
from services.members.points.handlers import Points
from shared.store.mongo import Index
from shared.topic import Stored, Topic

TOPIC = Topic(
    documents=[Stored("points", Transaction, indexes=[Index((("state.entries.person_id", 1),))])],
    parts=[Points],
    routers=[api.router],
    consumers=Consumers,
)
