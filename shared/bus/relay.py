"""The relay: publishes what a commit just wrote, clears it from the outbox, and sweeps up what a crash left behind."""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from shared.bus.publisher import NotPublishedError, Publisher
from shared.clock import Clock
from shared.observability.metrics import PUBLISHED, RELAY_FAILED
from shared.observability.tracing import span
from shared.store.aggregates import Unsent, backlog, unsent
from shared.store.mongo import Collection, StoreError

log = structlog.get_logger(__name__)

MOST_WAITING: Final = 20_000
_GROUP: Final = 200
_SWEEP_AGE: Final = timedelta(seconds=3)
_PAUSE_SECONDS: Final = 0.5


class Relay:
    """Publishes outboxes. At least once: an event is cleared only after the stream acknowledged it."""

    def __init__(self, clock: Clock) -> None:
        """Prepare; nothing is published before a publisher is `connected`."""
        self._clock = clock
        self._publisher: Publisher | None = None
        self._waiting: deque[Unsent] = deque()
        self._woken = asyncio.Event()
        self._collections: list[Collection] = []
        self._clearing: set[asyncio.Task[None]] = set()

    def watch(self, collection: Collection) -> None:
        """Sweep this collection's outboxes too."""
        self._collections.append(collection)

    def connected(self, publisher: Publisher) -> None:
        """Publish through this from now on."""
        self._publisher = publisher

    def offer(self, item: Unsent) -> None:
        """Take what a commit just wrote; beyond the limit it is left to the sweep."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(item)
            self._woken.set()

    async def run(self) -> None:
        """Publish offers as they come, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            while group := self._next():
                if not await self._send(group):
                    self._waiting.clear()
                    await asyncio.sleep(_PAUSE_SECONDS)

    async def sweep(self) -> None:
        """Publish what was committed some seconds ago and is still unsent."""
        before = self._clock.now() - _SWEEP_AGE
        for collection in self._collections:
            while group := await unsent(collection, before, _GROUP):
                if not await self._send(group, wait=True):
                    return

    async def backlog(self) -> int:
        """Return how many documents hold facts that the stream has not acknowledged, or that are not cleared yet."""
        return sum(await asyncio.gather(*(backlog(collection) for collection in self._collections)))

    async def drain(self) -> None:
        """Send what is waiting and finish clearing; what cannot be sent stays in the store."""
        while group := self._next():
            if not await self._send(group):
                break
        if self._clearing:
            await asyncio.gather(*self._clearing, return_exceptions=True)

    def _next(self) -> list[Unsent]:
        return [self._waiting.popleft() for _ in range(min(_GROUP, len(self._waiting)))]

    async def _send(self, group: Sequence[Unsent], *, wait: bool = False) -> bool:
        if self._publisher is None:
            return False
        events = [event for item in group for event in item.events]
        try:
            with span("relay.publish", events=len(events)):
                await self._publisher.publish(events)
        except NotPublishedError as error:
            RELAY_FAILED.inc()
            log.warning("relay.not_published", events=len(events), error=str(error))
            return False
        PUBLISHED.inc(len(events))
        clearing = asyncio.create_task(_clear(group, kept=wait))
        self._clearing.add(clearing)
        clearing.add_done_callback(self._clearing.discard)
        if wait:
            await clearing
        return True


async def _clear(group: Sequence[Unsent], *, kept: bool) -> None:
    """Clear what was sent; `kept` makes the next read see it, which a sweep wants that looks again at once."""
    by_collection: dict[str, tuple[Collection, list[Unsent]]] = {}
    for item in group:
        by_collection.setdefault(item.collection.name, (item.collection, []))[1].append(item)
    for collection, items in by_collection.values():
        where = {"_id": {"$in": [item.document_id for item in items]}}
        sent = [event_id for item in items for event_id, _, _ in item.events]
        try:
            await collection.update_many(where, {"$pull": {"outbox": {"id": {"$in": sent}}}}, relaxed=not kept)
        except StoreError as error:
            log.warning("relay.not_cleared", documents=len(items), error=str(error))
