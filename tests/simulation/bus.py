"""The simulated bus: one stream that survives every crash, and each process's connection to it.

It keeps what JetStream promises (tests/contract/test_simulated_bus.py holds both to the same expectations) and, drawn
from the seed, does whatever JetStream may do within that promise.
"""

import asyncio
import contextlib
import contextvars
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog
from nats.errors import Error as BrokerError
from nats.errors import TimeoutError as BrokerTimeout

from shared.bus.broker import FINISH_SECONDS, Lag
from shared.bus.consumers import Durable
from shared.bus.publisher import NotPublishedError, Outgoing
from shared.bus.replay import AT_ONCE
from shared.bus.runner import ConsumerRunner
from shared.bus.stream import ACK_WAIT_SECONDS, DUPLICATE_WINDOW_SECONDS
from shared.contracts.catalog import BY_TYPE
from shared.contracts.event import Event, Fact, UndecodableEventError, event_on
from tests.simulation.delivery import PART, BusChances, Listener, Message, Stored
from tests.simulation.durable import SimulatedDurable
from tests.simulation.publisher import SimulatedPublisher
from tests.simulation.wire import Wire

log = structlog.get_logger(__name__)

GRACE_SECONDS: Final = 0.1
"""How long closing waits for a batch at hand (the real bus tells FastStream so)."""

_LOOK_SECONDS: Final = 1.0
_WAIT_SECONDS: Final = 0.5

T = TypeVar("T")


class SimulatedStream:
    """The one stream of the simulated world. `events` holds everything that was ever stored."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wire: Wire, chances: BusChances | None = None) -> None:
        self.wire = wire
        self.chances = chances or BusChances()
        self.events: list[Stored] = []
        self.durables: dict[str, SimulatedDurable] = {}
        self._loop = loop
        self._stored_at: dict[tuple[str, bytes], float] = {}
        self._hearing: dict[str, list[SimulatedDurable]] = {}
        self._for_return: deque[Callable[[], None]] = deque()
        self._buses: list[SimulatedBus] = []
        self._declared = asyncio.Event()

    def provision(self, durables: Iterable[Durable], *, ack_wait: float = ACK_WAIT_SECONDS) -> None:
        """Declare these durables; those that are there keep their state. A new one begins with the first event."""
        for wanted in durables:
            if wanted.name not in self.durables:
                self._declare(wanted, ack_wait)

    def bus(self, service: str) -> "SimulatedBus":
        """Return a connection for one process (implements `shared.ports.BusPort`)."""
        bus = SimulatedBus(self, service)
        self._buses.append(bus)  # kept, so that nothing of a dead process is ever closed by the garbage collector
        return bus

    async def durable(self, name: str) -> SimulatedDurable:
        """Return a durable; waits until it is provisioned."""
        while name not in self.durables:
            await self._declared.wait()
        return self.durables[name]

    @property
    def deliveries(self) -> int:
        """Return how many messages went out to processes."""
        return sum(durable.deliveries for durable in self.durables.values())

    def unsettled(self) -> dict[str, int]:
        """Return for each durable how many events are not acked."""
        return {name: durable.unsettled for name, durable in self.durables.items()}

    def store_batch(self, events: Sequence[Outgoing]) -> bool:
        """Store all or none; False when one of them was stored before, or is in the batch twice."""
        ids = {(event_id, raw) for event_id, _, raw in events}
        if len(ids) < len(events) or any(self._is_known(event) for event in events):
            return False
        for event in events:
            self._append(*event)
        return True

    def store_singly(self, events: Sequence[Outgoing]) -> None:
        """Store each that was not stored before; with bad luck only the first ones arrive."""
        chance = self.chances.publish_cut
        cut = chance > 0 and self.wire.random.random() < chance
        for event in events[: self.wire.random.randrange(len(events))] if cut else events:
            if not self._is_known(event):
                self._append(*event)
        if cut:
            self.wire.noted("publish_cut", PART)
            msg = "the connection was lost while publishing"
            raise NotPublishedError(msg)

    def when_back(self, work: Callable[[], None]) -> None:
        """Do this when the bus answers again; in the world's name, so do not let it die with a process."""
        self._for_return.append(work)
        if len(self._for_return) == 1:
            self._look()

    def _look(self) -> None:
        if PART in self.wire.away:
            self._loop.call_later(_LOOK_SECONDS, self._look, context=contextvars.Context())
            return
        waiting, self._for_return = self._for_return, deque()
        for work in waiting:
            work()

    def _declare(self, wanted: Durable, ack_wait: float) -> None:
        durable = SimulatedDurable(
            wanted.name,
            frozenset(wanted.subjects),
            ack_wait,
            loop=self._loop,
            wire=self.wire,
            chances=self.chances,
            when_back=self.when_back,
        )
        self.durables[wanted.name] = durable
        self._hearing.clear()
        self._declared.set()
        self._declared = asyncio.Event()
        for stored in self.events:
            if stored.subject in durable.subjects:
                durable.offer(stored)

    def _is_known(self, event: Outgoing) -> bool:
        at = self._stored_at.get((event[0], event[2]))
        return at is not None and self._loop.time() - at < DUPLICATE_WINDOW_SECONDS

    def _append(self, event_id: str, subject: str, raw: bytes) -> None:
        now = self._loop.time()
        stored = Stored(len(self.events) + 1, subject, raw, event_id, now)
        self.events.append(stored)
        self._stored_at[event_id, raw] = now
        hearing = self._hearing.get(subject)
        if hearing is None:
            hearing = self._hearing[subject] = [d for d in self.durables.values() if subject in d.subjects]
        for durable in hearing:
            durable.offer(stored)


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch at hand; `done` ends with it."""

    messages: Sequence[Message]
    done: asyncio.Future[None]


class SimulatedBus:
    """One process's connection to the simulated stream."""

    def __init__(self, stream: SimulatedStream, service: str) -> None:
        self.stream = stream
        self.service = service
        self.hearing = False
        self.closed = False
        self._was_connected = False
        self._tasks: list[asyncio.Task[None]] = []
        self._listeners: list[Listener] = []
        self._taking: dict[str, _Batch] = {}

    @property
    def connected(self) -> bool:
        """Tell whether the connection stands now."""
        return self._was_connected and not self.closed and PART not in self.stream.wire.away

    async def connect(self) -> SimulatedPublisher:
        """Connect (waiting as long as it takes) and return a publisher."""
        while not self._was_connected:
            try:
                await self._call(lambda: None)
            except BrokerTimeout:
                await self._return()
            else:
                self._was_connected = True
        return SimulatedPublisher(self.stream, lambda: self.closed)

    async def start(self, runners: Sequence[ConsumerRunner]) -> None:
        """Wait until the durables of these runners are there, and begin to hear."""
        await self.connect()
        for runner in runners:
            await self.stream.durable(runner.durable.name)
        self.hearing = True
        self._tasks += [asyncio.create_task(self._hear(runner)) for runner in runners]

    def replay(self) -> AsyncIterator[list[Event[Fact]]]:
        """Yield every event that the stream holds now, in batches, oldest first; raises the broker's errors."""
        if not self._was_connected:
            msg = "the bus is not connected"
            raise RuntimeError(msg)
        return self._replay()

    async def lags(self, durables: Sequence[str]) -> dict[str, Lag]:
        """Ask the broker how far behind these durables are; a durable it cannot tell of now is left out."""
        if not self.connected:
            return {}
        held = self.stream.durables
        try:
            return await self._call(lambda: {name: held[name].lag for name in durables if name in held})
        except BrokerTimeout:
            return {}

    async def finish(self) -> None:
        """Hear nothing more: batches at hand are settled, or given back when that takes too long."""
        self.hearing = False
        for listener in self._listeners:
            listener.open = False
        await self._wait_for_batches(FINISH_SECONDS)
        for batch in list(self._taking.values()):
            for message in batch.messages:
                with contextlib.suppress(BrokerError):
                    await message.nak()

    async def close(self) -> None:
        """Close the connection; a batch at hand is cut short."""
        self.hearing = False
        await self._wait_for_batches(GRACE_SECONDS)
        self.closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wait_for_batches(self, seconds: float) -> None:
        if self._taking:
            await asyncio.wait([batch.done for batch in self._taking.values()], timeout=seconds)

    async def _hear(self, runner: ConsumerRunner) -> None:
        """Take one batch after the other, as FastStream's batch subscriber does."""
        durable = self.stream.durables[runner.durable.name]
        listener = durable.listener(lambda: self.closed)
        self._listeners.append(listener)
        while self.hearing:
            await self._take(runner, await durable.fetch(listener))

    async def _take(self, runner: ConsumerRunner, messages: Sequence[Message]) -> None:
        batch = self._taking[runner.durable.name] = _Batch(messages, asyncio.get_running_loop().create_future())
        try:
            await runner.take(messages)
        except Exception as error:
            log.error("bus.batch_failed", durable=runner.durable.name, exc_info=error)
        finally:
            del self._taking[runner.durable.name]
            batch.done.cancel()

    async def _replay(self) -> AsyncIterator[list[Event[Fact]]]:
        events = self.stream.events
        last = await self._call(lambda: len(events))
        for first in range(0, last, AT_ONCE):
            read = await self._call(lambda first=first: events[first : min(first + AT_ONCE, last)])
            yield [event for stored in read if (event := _decoded(stored)) is not None]

    async def _return(self) -> None:
        """Wait until the bus answers, without asking again and again."""
        back = asyncio.Event()
        self.stream.when_back(back.set)
        await back.wait()
        await asyncio.sleep(_WAIT_SECONDS)

    async def _call(self, deed: Callable[[], T]) -> T:
        return await self.stream.wire.call(PART, deed, lambda _words: BrokerTimeout())


def _decoded(stored: Stored) -> Event[Fact] | None:
    try:
        return event_on(stored.subject, stored.data, BY_TYPE)
    except UndecodableEventError:
        return None
