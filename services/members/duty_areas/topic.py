"""Duty areas: what the topic needs to open."""

from services.members.duty_areas import api
from services.members.duty_areas.domain import DutyMap, Why
from services.members.duty_areas.handlers import DutyAreas
from services.members.people.domain.person import Person
from services.members.places.domain import Place
from services.members.settings import Settings
from services.members.units.domain import Unit
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    documents = runtime.documents
    runtime.parts.keep(
        DutyAreas(documents(DutyMap), documents(Person), documents(Place), documents(Unit), runtime.clock)
    )


TOPIC = Topic(
    _open,
    documents=[Stored("duty", DutyMap)],
    routers=[api.router],
    refusals={**dict.fromkeys(Why, 422), Why.OVERLAP: 409, Why.NOT_FOUND: 404},
)
