"""The connection to the broker and the consumers on it. FastStream runs the batches; the runner settles them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from shared.bus.fetches import Fetches
from shared.bus.publisher import StreamPublisher, jetstream
from shared.bus.replay import replay
from shared.bus.runner import ConsumerRunner
from shared.bus.stream import API, STREAM
from shared.contracts.event import Event, Fact

log = structlog.get_logger(__name__)

BATCH_MOST: Final = 256
BATCH_SECONDS: Final = 0.05
"""How long a batch is collected; also what an idle hop may cost in delay."""

_WAIT_SECONDS: Final = 0.5
_PING_SECONDS: Final = 10
"""How often a broker is asked for a sign of life; two without an answer, and another one is looked for.

The client's own two minutes would leave a service for six with a broker whose machine is gone without a word.
"""
FINISH_SECONDS: Final = 5.0
"""How long the batches at hand may take when a service ends."""

_LAG_SECONDS: Final = 2.0
_FLUSH_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Lag:
    """What a durable has before it: events never given to it, and events given and not settled yet."""

    pending: int
    unsettled: int


class Bus:
    """One service's connection: a publisher and its runners."""

    def __init__(
        self, url: str, service: str, *, user: str | None = None, password: str | None = None, api: str = API
    ) -> None:
        """Prepare; nothing connects before `start`. `api` begins the subjects on which the broker is asked."""
        self._service = service
        self._api = api
        options: dict[str, Any] = {} if user is None else {"security": SASLPlaintext(user, password or "")}
        self._broker = NatsBroker(
            url.split(","),
            name=f"yizhan-{service}",
            inbox_prefix=f"_INBOX_{service}",
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            connect_timeout=5,
            ping_interval=_PING_SECONDS,
            graceful_timeout=0.1,  # batches have been finished or given back by then
            logger=None,
            js_options={"prefix": api},
            **options,
        )
        self._client: Client | None = None
        self._fetches: list[Fetches] = []
        self.hearing = False

    @property
    def connected(self) -> bool:
        """Tell whether the connection stands now."""
        return self._client is not None and self._client.is_connected

    async def start(self, runners: Sequence[ConsumerRunner]) -> None:
        """Connect (waiting as long as it takes), wait until the durables are provisioned, and begin to hear."""
        client = await self._connect()
        self._client = client
        await self._wait_for(client, [runner.durable.name for runner in runners])
        await self._broker.start()
        for runner in runners:
            fetches, subscriber = self._hear(runner)
            await subscriber.start()
            # At once: its loop has had no turn yet, and not one of its fetches may go unwatched.
            fetches.wrap(subscriber.subscription)
            self._fetches.append(fetches)
        self.hearing = True
        log.info("bus.hearing", durables=[runner.durable.name for runner in runners])

    async def connect(self) -> StreamPublisher:
        """Connect (waiting as long as it takes) and return a publisher."""
        self._client = await self._connect()
        return StreamPublisher(self._client)

    def replay(self) -> AsyncIterator[list[Event[Fact]]]:
        """Yield every event that the stream holds now, in batches, oldest first."""
        return replay(self.client, api=self._api)

    async def finish(self) -> None:
        """Hear nothing more: batches at hand are settled, other events given back to whoever hears next."""
        self.hearing = False
        await asyncio.gather(*(fetches.finish(FINISH_SECONDS) for fetches in self._fetches))

    async def close(self) -> None:
        """Close the connection."""
        self.hearing = False
        try:
            await self._broker.stop()
        except NatsError as error:  # a broker that is away cannot be told that we leave
            log.warning("bus.left_unheard", error=f"{type(error).__name__}: {error}")
            if self._client is not None:
                await self._client.close()

    async def lags(self, durables: Sequence[str]) -> dict[str, Lag]:
        """Ask the broker how far behind these durables are; a durable it cannot tell of now is left out."""
        if not self.connected:
            return {}
        stream = jetstream(self.client, self._api)

        async def lag(name: str) -> tuple[str, Lag] | None:
            try:
                async with asyncio.timeout(_LAG_SECONDS):
                    told = await stream.consumer_info(STREAM, name)
            except (NatsError, JetStreamError, TimeoutError):
                return None
            return name, Lag(told.num_pending or 0, told.num_ack_pending or 0)

        return dict(one for one in await asyncio.gather(*(lag(name) for name in durables)) if one is not None)

    @property
    def client(self) -> Client:
        """Return the connection; raises `RuntimeError` before `start`."""
        if self._client is None:
            msg = "the bus is not connected"
            raise RuntimeError(msg)
        return self._client

    async def _connect(self) -> Client:
        while True:
            try:
                return await self._broker.connect()
            except (NatsError, OSError) as error:
                log.warning("bus.no_broker", error=str(error))
                await asyncio.sleep(_WAIT_SECONDS)

    async def _flush(self) -> None:
        if self.connected:
            await self.client.flush(_FLUSH_SECONDS)

    async def _wait_for(self, client: Client, durables: Sequence[str]) -> None:
        stream = jetstream(client, self._api)
        for name in durables:
            while True:
                try:
                    await stream.consumer_info(STREAM, name)
                    break
                except (NotFoundError, JetStreamError, NatsError) as error:
                    log.warning("bus.not_provisioned", durable=name, error=str(error))
                    await asyncio.sleep(_WAIT_SECONDS)

    def _hear(self, runner: ConsumerRunner) -> tuple[Fetches, Any]:
        subscriber: Any = self._broker.subscriber(
            "yizhan.>",
            durable=runner.durable.name,
            stream=JStream(STREAM, declare=False),
            pull_sub=PullSub(batch=True, batch_size=BATCH_MOST, timeout=BATCH_SECONDS),
            ack_policy=AckPolicy.MANUAL,
            decoder=_raw,
            inbox_prefix=f"_INBOX_{self._service}.".encode(),
        )

        async def take(batch: Any) -> None:
            try:
                await runner.take(batch)
            except Exception as error:
                log.error("bus.batch_failed", durable=runner.durable.name, exc_info=error)

        fetches = Fetches(runner.durable.name, take, lambda: self.connected, self._flush)

        async def hear(batch: Any) -> None:
            await fetches.take(batch)

        subscriber(hear)
        return fetches, subscriber


async def _raw(message: Any) -> Any:
    return message.raw_message
