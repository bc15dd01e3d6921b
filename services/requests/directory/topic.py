"""The directory of places, people and units: what the topic needs to open."""

from typing import Final

from services.requests.directory.consumers import Consumers
from services.requests.directory.store import WORDS_INDEX, Belonging, Directory
from services.requests.settings import Settings
from shared.topic import Runtime, Topic

_AT_ONCE: Final = 1_000


async def _open(runtime: Runtime[Settings]) -> None:
    belonging = Belonging(runtime.collection("belonging"), runtime.collection("units"))
    directory = Directory(runtime.collection("places"), runtime.collection("people"), belonging)

    async def write_words() -> None:
        await directory.write_words(_AT_ONCE)

    runtime.parts.keep(directory)
    runtime.sweep("requests-words", runtime.settings.keys_every, write_words)


TOPIC = Topic(_open, collections={"places": [WORDS_INDEX]}, consumers=Consumers)
