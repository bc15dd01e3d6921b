"""Outside systems: what the topic needs to open."""

from datetime import timedelta

from httpx import AsyncClient

from services.requests.casework.handlers.casework import Casework
from services.requests.logistics import api
from services.requests.logistics.consumers import Consumers
from services.requests.logistics.handlers.logistics import Logistics
from services.requests.logistics.handlers.polling import poll_silent_legs
from services.requests.logistics.store.open311 import NoSystem, NoWithdrawals, Open311, SignedWithdrawals
from services.requests.logistics.store.outside_legs import INDEXES
from services.requests.settings import Settings
from services.requests.unplaced.store import UnplacedStore
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    settings = runtime.settings
    client = runtime.ports.http(settings.open311_timeout)
    runtime.closing.append(client.aclose)
    logistics = Logistics(
        runtime.parts[Casework],
        _outside(settings, client),
        _withdrawals(settings, client),
        runtime.parts[UnplacedStore],
        timedelta(seconds=settings.poll_after),
        settings.logistics_webhook_secret,
    )
    runtime.parts.keep(logistics)
    runtime.sweep("requests-poll", settings.poll_every, lambda: poll_silent_legs(logistics))


def _withdrawals(settings: Settings, client: AsyncClient) -> SignedWithdrawals | NoWithdrawals:
    if not settings.logistics_withdrawal_url or not settings.logistics_webhook_secret:
        return NoWithdrawals()
    return SignedWithdrawals(client, settings.logistics_withdrawal_url, settings.logistics_webhook_secret)


def _outside(settings: Settings, client: AsyncClient) -> Open311 | NoSystem:
    if not settings.open311_url:
        return NoSystem()
    callback_url = f"{settings.public_url.rstrip('/')}/hooks/logistics/{settings.logistics_system}"
    return Open311(client, settings.open311_url, settings.open311_api_key, callback_url)


TOPIC = Topic(
    _open,
    collections={"requests": INDEXES},
    routers=[api.router, api.legs_router],
    refusals={"hook.unknown_system": 404, "hook.bad_signature": 401},
    consumers=Consumers,
)
