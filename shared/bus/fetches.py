"""What one durable fetches: no error takes collected events with it, and an end gives back what was not handled.

An event that was delivered and neither acknowledged nor given back comes again only after the acknowledgement time.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

import structlog
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as FetchTimeout

log = structlog.get_logger(__name__)

IDLE_SECONDS: Final = 0.5
"""How long a durable that has just heard nothing waits for its next event, which comes at once when there is one.

Asked again and again for the short time in which a batch is collected, sixteen quiet durables cost a sixth of a
processor. A service that ends waits for it, so it is not longer.
"""
_PAUSE_SECONDS: Final = 0.2
_LATE_SECONDS: Final = 0.1
"""How long after its end a fetch may still be answered."""


class Delivered(Protocol):
    """A message that may be given back."""

    async def nak(self, delay: float | None = None) -> None:
        """Give it back, to be delivered again."""
        ...


Take = Callable[[Sequence[Any]], Awaitable[None]]


class Fetches:
    """Stands between a durable's subscription and the loop that fetches from it.

    The loop (FastStream 0.7) collects a batch by several fetches. It expects the client's own timeout only: the plain
    `TimeoutError` with which nats-py 2.16 ends a fetch whose time is nearly over, and most errors of a broker that
    changes its leader, end the loop's task together with the batch that it has collected. So each of them becomes that
    timeout, after which the loop hands over what it has.
    """

    def __init__(
        self, name: str, take: Take, connected: Callable[[], bool], flush: Callable[[], Awaitable[None]]
    ) -> None:
        """Fetch for the durable `name`; batches go to `take`; `flush` goes to the broker and back."""
        self._name = name
        self._take = take
        self._connected = connected
        self._flush = flush
        self._subscription: Any = None
        self._fetch: Any = None
        self._unsettled: Sequence[Delivered] = ()
        self._rests = False
        self._ending = False
        self._quiet = False
        self._idle = asyncio.Event()

    def wrap(self, subscription: Any) -> None:
        """Answer the fetches of this subscription from now on."""
        self._subscription, self._fetch = subscription, subscription.fetch
        subscription.fetch = self.fetch

    async def take(self, batch: Sequence[Any]) -> None:
        """Hand a batch over; it counts as unsettled until it is handled."""
        self._unsettled = batch
        await self._take(batch)
        self._unsettled = ()

    async def fetch(self, batch: int = 1, timeout: float | None = None) -> list[Any]:  # noqa: ASYNC109 - the client's
        """Return up to so many messages; raises the client's timeout only."""
        await self._rest()
        if not self._connected():
            self._rests = True
            raise FetchTimeout
        quiet, self._quiet = self._quiet, True
        try:
            found = await self._fetch(batch=1, timeout=IDLE_SECONDS) if quiet else await self._fetch(batch, timeout)
        except TimeoutError as error:
            raise FetchTimeout from error
        except NatsError as error:
            log.warning("bus.fetch_failed", durable=self._name, error=f"{type(error).__name__}: {error}")
            self._rests = True
            raise FetchTimeout from error
        self._quiet = False
        return found

    async def finish(self, patience: float) -> None:
        """Fetch nothing more, let the batch at hand be settled, and give the rest back at once."""
        if self._subscription is None:
            return
        self._ending = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), patience)
        left = [*self._unsettled, *await self._late()]
        if left:
            log.info("bus.given_back", durable=self._name, events=len(left))
        for message in left:
            with contextlib.suppress(NatsError):
                await message.nak()

    async def _rest(self) -> None:
        """Pause after a failure; at the end let the loop hand over what it has, and then stay idle for ever."""
        if self._ending:
            if self._rests:
                self._idle.set()
                await asyncio.Event().wait()
            self._rests = True
            raise FetchTimeout
        if self._rests:
            self._rests = False
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _late(self) -> list[Delivered]:
        """Return what was delivered for fetches that had ended.

        The broker counts their time from when it read them, and what it sent has arrived when it answers: hence it is
        asked before and after the wait.
        """
        late: list[Delivered] = []
        for wait in (_LATE_SECONDS, 0.0):
            with contextlib.suppress(TimeoutError, NatsError):
                await self._flush()
            await asyncio.sleep(wait)
        with contextlib.suppress(TimeoutError, NatsError):
            while waiting := self._subscription.pending_msgs:
                late += await self._fetch(batch=waiting + 1, timeout=_LATE_SECONDS)
        return late
