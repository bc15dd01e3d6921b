"""Opens the rooms of `requests` and puts its routes together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from fastapi import FastAPI
from httpx import AsyncClient

import services.requests
from services.requests.casework import api as casework_api
from services.requests.casework.domain import Request, Why
from services.requests.casework.handlers import Casework
from services.requests.casework.store import INDEXES
from services.requests.categories import api as categories_api
from services.requests.clocks.handlers import ring_due_clocks
from services.requests.clocks.store import INDEX as DUE_INDEX
from services.requests.closing import api as closing_api
from services.requests.desk import api as desk_api
from services.requests.ears import Ears
from services.requests.filing import api as filing_api
from services.requests.learnt.handlers import write_units
from services.requests.learnt.store import WORDS_INDEX, Belonging, MongoLearnt
from services.requests.leavers.store import INDEX as LEFT_INDEX
from services.requests.legs import api as legs_api
from services.requests.logistics import api as logistics_api
from services.requests.logistics.handlers import Logistics, poll_silent_legs
from services.requests.logistics.store import INDEXES as LOGISTICS_INDEXES
from services.requests.logistics.store import NoSystem, NoWithdrawals, Open311, SignedWithdrawals
from services.requests.search.domain import keys_of
from services.requests.settings import Settings
from services.requests.similar import api as similar_api
from services.requests.similar.queries import INDEX as SIMILAR_INDEX
from services.requests.unplaced import api as unplaced_api
from services.requests.unplaced.handlers import WhyNot
from services.requests.unplaced.store import INDEXES as KEPT_INDEXES
from services.requests.unplaced.store import MongoKept
from services.requests.wall import api as wall_api
from shared.ports import Ports
from shared.runtime import Opened, Runtime, Sweep, service_app
from shared.store.mongo import Collection

NAME: Final = "requests"
_KEYS_AT_ONCE: Final = 1_000

REFUSALS: Final[Mapping[str, int]] = MappingProxyType(
    {
        Why.WRONG_STAGE.value: 409,
        Why.UNKNOWN_CATEGORY.value: 422,
        Why.UNKNOWN_PLACE.value: 422,
        Why.UNKNOWN_REQUESTER.value: 422,
        Why.PLACE_MISSING.value: 422,
        Why.ONLY_FOR_YOURSELF.value: 403,
        Why.NOT_YOUR_CHANNEL.value: 403,
        Why.RATING_CLOSED.value: 409,
        Why.REOPEN_TOO_LATE.value: 409,
        Why.LEG_UNKNOWN.value: 404,
        Why.LEG_WRONG_STATE.value: 409,
        Why.OFFER_EXPIRED.value: 409,
        Why.HELPER_EXCLUDED.value: 409,
        Why.UNKNOWN_HELPER.value: 422,
        Why.NOT_A_HELPER.value: 409,
        Why.REASON_MISSING.value: 422,
        Why.SEALED_NEVER_OUTSIDE.value: 409,
        Why.SYSTEM_MISMATCH.value: 409,
        WhyNot.NOT_FOUND.value: 404,
        "hook.unknown_system": 404,
        "hook.bad_signature": 401,
    }
)
"""The refusals of this service and their HTTP status."""

ROUTERS: Final = (
    categories_api.router,
    filing_api.router,
    wall_api.router,
    similar_api.router,
    unplaced_api.router,
    casework_api.router,
    legs_api.router,
    closing_api.router,
    desk_api.router,
    logistics_api.router,
)


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the routes need."""

    casework: Casework
    logistics: Logistics
    requests: Collection


def build(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """Return the application; nothing connects before it starts. `ports` are the real ones unless others are given."""

    async def open_rooms(runtime: Runtime) -> Opened:
        client = runtime.ports.http(settings.open311_timeout)
        belonging = Belonging(runtime.collection("belonging"), runtime.collection("units"))
        learnt = MongoLearnt(
            runtime.collection("places", indexes=[WORDS_INDEX]), runtime.collection("people"), belonging
        )
        indexes = (*INDEXES, DUE_INDEX, LEFT_INDEX, SIMILAR_INDEX, *LOGISTICS_INDEXES)
        documents = runtime.documents("requests", Request, indexes=indexes, keys=keys_of)
        casework = Casework(documents, learnt, runtime.clock, settings.logistics_system)
        logistics = Logistics(
            casework,
            _outside(settings, client),
            _withdrawals(settings, client),
            MongoKept(runtime.collection("outside_news", indexes=KEPT_INDEXES)),
            timedelta(seconds=settings.poll_after),
            settings.logistics_webhook_secret,
        )

        async def look_for_due_clocks() -> None:
            await ring_due_clocks(casework)

        async def look_for_silent_legs() -> None:
            await poll_silent_legs(logistics)

        async def make_keys() -> None:
            await documents.make_keys(_KEYS_AT_ONCE)
            await learnt.write_words(_KEYS_AT_ONCE)

        without_units = ""

        async def complete_units() -> None:
            nonlocal without_units
            without_units = await write_units(documents, learnt, without_units, _KEYS_AT_ONCE)

        return Opened(
            rooms=Rooms(casework, logistics, runtime.collection("requests")),
            ears=Ears(casework, logistics, learnt, runtime.ended_sessions),
            sweeps=(
                Sweep("requests-clocks", settings.clocks_every, look_for_due_clocks),
                Sweep("requests-poll", settings.poll_every, look_for_silent_legs),
                Sweep("requests-keys", settings.keys_every, make_keys),
                Sweep("requests-units", settings.keys_every, complete_units),
            ),
            close=client.aclose,
        )

    return service_app(
        NAME,
        settings,
        open_rooms,
        routers=ROUTERS,
        refusals=REFUSALS,
        ports=ports,
        about=services.requests.__doc__ or "",
    )


def _withdrawals(settings: Settings, client: AsyncClient) -> SignedWithdrawals | NoWithdrawals:
    if not settings.logistics_withdrawal_url or not settings.logistics_webhook_secret:
        return NoWithdrawals()
    return SignedWithdrawals(client, settings.logistics_withdrawal_url, settings.logistics_webhook_secret)


def _outside(settings: Settings, client: AsyncClient) -> Open311 | NoSystem:
    if not settings.open311_url:
        return NoSystem()
    callback_url = f"{settings.public_url.rstrip('/')}/hooks/logistics/{settings.logistics_system}"
    return Open311(client, settings.open311_url, settings.open311_api_key, callback_url)
