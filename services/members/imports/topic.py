"""Imports: what the topic needs to open."""

from services.members.imports import api
from services.members.imports.domain.reading import Why
from services.members.imports.handlers import ImportsDesk
from services.members.organisation.domain import Unit
from services.members.people.domain import Person
from services.members.people.handlers import AdminsDesk
from services.members.places.domain import Place
from services.members.settings import Settings
from services.members.signin.handlers import SigninDesk
from services.members.tables.domain.cells import Why as WhyTable
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    documents, parts = runtime.documents, runtime.parts
    parts.keep(ImportsDesk(documents(Place), documents(Unit), documents(Person), parts[SigninDesk], parts[AdminsDesk]))


TOPIC = Topic(_open, routers=[api.router], refusals={**dict.fromkeys(Why, 422), **dict.fromkeys(WhyTable, 422)})
