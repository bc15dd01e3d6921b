"""The campus's time: what the topic needs to open."""

from services.members.campus import api
from services.members.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    runtime.parts.keep(api.Campus(runtime.settings.timezone, runtime.clock))


TOPIC = Topic(_open, routers=[api.router])
