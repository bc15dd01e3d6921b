"""Lists of requests: what the topic needs to open."""

from services.reporting.lists import api
from services.reporting.rows.domain import Why
from services.reporting.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    """Nothing but routes."""


TOPIC = Topic(_open, routers=[api.router], refusals={Why.UNKNOWN: 404})
