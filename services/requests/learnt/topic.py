"""What is known of places, people and units: what the topic needs to open."""

from typing import Final

from services.requests.casework.domain import Request
from services.requests.learnt.consumers import Consumers
from services.requests.learnt.handlers import write_units
from services.requests.learnt.store import WORDS_INDEX, Belonging, MongoLearnt
from services.requests.settings import Settings
from shared.topic import Runtime, Topic

_AT_ONCE: Final = 1_000


async def _open(runtime: Runtime[Settings]) -> None:
    belonging = Belonging(runtime.collection("belonging"), runtime.collection("units"))
    learnt = MongoLearnt(runtime.collection("places"), runtime.collection("people"), belonging)
    requests, without_units = runtime.documents(Request), ""

    async def write_words() -> None:
        await learnt.write_words(_AT_ONCE)

    async def complete_units() -> None:
        nonlocal without_units
        without_units = await write_units(requests, learnt, without_units, _AT_ONCE)

    runtime.consumers.append(Consumers(runtime.parts.keep(learnt)))
    runtime.sweep("requests-words", runtime.settings.keys_every, write_words)
    runtime.sweep("requests-units", runtime.settings.keys_every, complete_units)


TOPIC = Topic(_open, collections={"places": [WORDS_INDEX]}, consumers=Consumers)
