"""What becomes of an activity when somebody leaves: what the topic needs to open."""

from services.activities.departures.consumers import Consumers
from services.activities.departures.handlers import look_again
from services.activities.learnt.store import Directory
from services.activities.programme.handlers import Programme
from services.activities.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    programme = runtime.parts[Programme]
    runtime.consumers.append(Consumers(programme, runtime.parts[Directory]))
    runtime.sweep("activities-departed", runtime.settings.clocks_every, lambda: look_again(programme))


TOPIC = Topic(_open, consumers=Consumers)
