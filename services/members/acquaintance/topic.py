"""Acquaintance: what the topic needs to open."""

from services.members.acquaintance import api
from services.members.acquaintance.consumers import Consumers
from services.members.acquaintance.domain.cases import Case, keys_of_case
from services.members.acquaintance.domain.gatherings import Gathering, keys_of_gathering
from services.members.acquaintance.handlers import Acquaintance
from services.members.acquaintance.store import BY_KEY
from shared.topic import Stored, Topic

TOPIC = Topic(
    documents=[
        Stored("cases", Case, indexes=[BY_KEY], keys=keys_of_case),
        Stored("gatherings", Gathering, indexes=[BY_KEY], keys=keys_of_gathering),
    ],
    parts=[Acquaintance],
    routers=[api.router],
    consumers=Consumers,
)
