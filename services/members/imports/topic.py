"""Imports: what the topic needs to open."""

from services.members.imports import api
from services.members.imports.domain.cells import Why as WhyTable
from services.members.imports.domain.reading import Why
from services.members.imports.handlers import Imports
from shared.topic import Topic

TOPIC = Topic(
    parts=[Imports], routers=[api.router], refusals={**dict.fromkeys(Why, 422), **dict.fromkeys(WhyTable, 422)}
)
