"""The requests themselves: what the topic needs to open."""

from typing import Final

from services.requests.casework import api
from services.requests.casework.domain import Request, Why
from services.requests.casework.handlers import Casework
from services.requests.casework.store import INDEXES
from services.requests.learnt.store import MongoLearnt
from services.requests.search.domain import keys_of
from services.requests.settings import Settings
from shared.topic import Runtime, Stored, Topic

_KEYS_AT_ONCE: Final = 1_000


async def _open(runtime: Runtime[Settings]) -> None:
    requests, settings = runtime.documents(Request), runtime.settings
    runtime.parts.keep(Casework(requests, runtime.parts[MongoLearnt], runtime.clock, settings.logistics_system))

    async def make_keys() -> None:
        await requests.make_keys(_KEYS_AT_ONCE)

    runtime.sweep("requests-keys", settings.keys_every, make_keys)


TOPIC = Topic(
    _open,
    documents=[Stored("requests", Request, indexes=INDEXES, keys=keys_of)],
    routers=[api.router],
    refusals={
        Why.WRONG_STAGE: 409,
        Why.UNKNOWN_CATEGORY: 422,
        Why.UNKNOWN_PLACE: 422,
        Why.UNKNOWN_REQUESTER: 422,
        Why.PLACE_MISSING: 422,
        Why.ONLY_FOR_YOURSELF: 403,
        Why.NOT_YOUR_CHANNEL: 403,
        Why.RATING_CLOSED: 409,
        Why.REOPEN_TOO_LATE: 409,
        Why.LEG_UNKNOWN: 404,
        Why.LEG_WRONG_STATE: 409,
        Why.OFFER_EXPIRED: 409,
        Why.HELPER_EXCLUDED: 409,
        Why.UNKNOWN_HELPER: 422,
        Why.NOT_A_HELPER: 409,
        Why.REASON_MISSING: 422,
        Why.SEALED_NEVER_OUTSIDE: 409,
        Why.SYSTEM_MISMATCH: 409,
    },
)
