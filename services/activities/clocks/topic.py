"""Activities that nobody completed: what the topic needs to open."""

from services.activities.clocks.handlers import complete_forgotten_activities
from services.activities.programme.handlers import Programme
from services.activities.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    programme = runtime.parts[Programme]
    every = runtime.settings.clocks_every
    runtime.sweep("activities-clocks", every, lambda: complete_forgotten_activities(programme))


TOPIC = Topic(_open)
