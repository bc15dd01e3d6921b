"""The requests themselves: what the topic needs to open."""

from typing import Final

from services.requests.casework.api import closing, filing, holding, reading
from services.requests.casework.domain.request import Request, Why
from services.requests.casework.domain.search import keys_of
from services.requests.casework.handlers.casework import Casework
from services.requests.casework.handlers.units import write_units
from services.requests.casework.store import INDEXES
from services.requests.directory.store import Directory
from services.requests.settings import Settings
from shared.topic import Runtime, Stored, Topic

_AT_ONCE: Final = 1_000


async def _open(runtime: Runtime[Settings]) -> None:
    requests, settings = runtime.documents(Request), runtime.settings
    directory, without_units = runtime.parts[Directory], ""
    runtime.parts.keep(Casework(requests, directory, runtime.clock, settings.logistics_system))

    async def make_keys() -> None:
        await requests.make_keys(_AT_ONCE)

    async def complete_units() -> None:
        nonlocal without_units
        without_units = await write_units(requests, directory, without_units, _AT_ONCE)

    runtime.sweep("requests-units", settings.keys_every, complete_units)
    runtime.sweep("requests-keys", settings.keys_every, make_keys)


TOPIC = Topic(
    _open,
    documents=[Stored("requests", Request, indexes=INDEXES, keys=keys_of)],
    routers=[filing.router, reading.router, closing.router, holding.router],
    refusals={
        **dict.fromkeys((why for why in Why if why not in {Why.NOT_YOURS, Why.NOT_DUE, Why.OFFER_STALE}), 409),
        **dict.fromkeys((Why.UNKNOWN_PLACE, Why.UNKNOWN_REQUESTER, Why.PLACE_MISSING), 422),
        **dict.fromkeys((Why.UNKNOWN_HELPER, Why.REASON_MISSING), 422),
        **dict.fromkeys((Why.ONLY_FOR_YOURSELF, Why.NOT_YOUR_CHANNEL), 403),
        Why.LEG_UNKNOWN: 404,
    },
)
