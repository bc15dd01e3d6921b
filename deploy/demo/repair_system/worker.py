"""What goes on in the repair system without being asked: work gets done, and senders are told until they answer."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook as Signer

from deploy.demo.repair_system.settings import Settings
from deploy.demo.repair_system.store import Store, Webhook

_TICK = 0.05
_AT_ONCE = 16


class Worker:
    """Moves work on and sends the webhooks that are owed, while the system is up."""

    def __init__(self, store: Store, settings: Settings) -> None:
        """Work on this store."""
        self._store = store
        self._settings = settings
        self._signer = Signer(settings.secret)

    async def run(self) -> None:
        """Work until cancelled."""
        async with httpx.AsyncClient(timeout=10.0) as client:
            while True:
                if not self._store.is_down():
                    now = time.time()
                    self._store.progress(now)
                    await self._send_all(client, self._store.owed(now, _AT_ONCE))
                await asyncio.sleep(_TICK)

    async def _send_all(self, client: httpx.AsyncClient, webhooks: Sequence[Webhook]) -> None:
        await asyncio.gather(*(self._send(client, webhook) for webhook in webhooks))

    async def _send(self, client: httpx.AsyncClient, webhook: Webhook) -> None:
        moment = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook.id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": self._signer.sign(webhook.id, moment, webhook.body),
        }
        try:
            url = httpx.URL(webhook.url)
            if self._settings.senders_at:
                url = httpx.URL(self._settings.senders_at).copy_with(raw_path=url.raw_path)
            answer = await client.post(url, content=webhook.body.encode(), headers=headers)
            taken = answer.is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            taken = False
        if taken:
            self._store.delivered(webhook.id, time.time())
        else:
            wait = min(self._settings.retry_most, self._settings.retry_first * 2 ** min(webhook.attempts, 16))
            self._store.postpone(webhook.id, time.time() + wait)
