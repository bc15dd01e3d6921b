"""What is known of places, units and people: what the topic needs to open."""

from services.activities.directory.consumers import Consumers
from services.activities.directory.store import PEOPLE, PEOPLE_INDEXES, PLACES, UNITS, Directory
from services.activities.settings import Settings
from shared.auth.permissions import ORGANISERS
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    collection = runtime.collection
    runtime.parts.keep(Directory(collection(PLACES), collection(UNITS), collection(PEOPLE), ORGANISERS.roles or ()))


TOPIC = Topic(_open, collections={PEOPLE: PEOPLE_INDEXES}, consumers=Consumers)
