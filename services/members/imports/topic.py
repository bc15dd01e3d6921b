"""Imports: what the topic needs to open."""

from services.members.accounts.handlers import Accounts
from services.members.imports import api
from services.members.imports.domain.cells import Why as WhyTable
from services.members.imports.domain.reading import Why
from services.members.imports.handlers import Imports
from services.members.people.handlers.commands import People
from services.members.places.domain import Place
from services.members.settings import Settings
from services.members.units.domain import Unit
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    documents, parts = runtime.documents, runtime.parts
    parts.keep(Imports(documents(Place), documents(Unit), parts[People], parts[Accounts]))


TOPIC = Topic(_open, routers=[api.router], refusals={**dict.fromkeys(Why, 422), **dict.fromkeys(WhyTable, 422)})
