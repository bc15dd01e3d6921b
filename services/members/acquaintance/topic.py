"""Acquaintance: what the topic needs to open."""

from services.members.acquaintance import api
from services.members.acquaintance.consumers import Consumers
from services.members.acquaintance.domain.cases import Case, keys_of_case
from services.members.acquaintance.domain.gatherings import Gathering, keys_of_gathering
from services.members.acquaintance.handlers import Acquaintance
from services.members.acquaintance.store import BY_KEY
from services.members.duty_areas.domain import DutyMap
from services.members.people.domain.person import Person
from services.members.settings import Settings
from services.members.units.domain import Unit
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    documents = runtime.documents
    acquaintance = Acquaintance(
        documents(Case), documents(Gathering), documents(Person), documents(Unit), documents(DutyMap), runtime.clock
    )
    runtime.consumers.append(Consumers(runtime.parts.keep(acquaintance)))


TOPIC = Topic(
    _open,
    documents=[
        Stored("cases", Case, indexes=[BY_KEY], keys=keys_of_case),
        Stored("gatherings", Gathering, indexes=[BY_KEY], keys=keys_of_gathering),
    ],
    routers=[api.router],
    consumers=Consumers,
)
