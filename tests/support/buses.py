"""The same stage for the real bus on real time and the simulated one on virtual time: one scenario, two worlds."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Protocol

import nats

from deploy.nats.provision import consumer_config, provision
from shared.bus.broker import Bus
from shared.bus.consumers import Durable, Heard
from shared.bus.publisher import Outgoing
from shared.bus.runner import Delivery
from shared.bus.stream import STREAM
from shared.contracts.event import Event, Fact
from shared.contracts.members import DutyAreaReleased, PersonDeparted
from shared.ids import new_id
from shared.ports import BusPort
from tests.simulation.bus import SimulatedStream
from tests.simulation.delivery import CALM
from tests.simulation.machine import BEGIN, SimulatedLoop
from tests.simulation.wire import PEACE, Wire

ACK_WAIT: float = 1.0


class World(Protocol):
    """A stream, and connections to it."""

    async def declare(self, *durables: Durable) -> None:
        """Make these durables, with an ack wait of `ACK_WAIT` seconds, from the first event on."""
        ...

    def bus(self, service: str) -> BusPort:
        """Return a connection of one more process."""
        ...

    def waited(self, seconds: float, about: float) -> bool:
        """Tell whether something came again after about this wait; on a busy machine the start is seen late."""
        ...


Scenario = Callable[[World], Awaitable[None]]


class RealWorld:
    """A real broker."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._buses: list[BusPort] = []

    async def declare(self, *durables: Durable) -> None:
        connection = await nats.connect(self._url)
        manager = connection.jsm()
        await provision(manager, {})
        for durable in durables:
            await manager.add_consumer(STREAM, replace(consumer_config(durable, 1), ack_wait=ACK_WAIT))
        await connection.close()

    def bus(self, service: str) -> BusPort:
        bus = Bus(self._url, service)
        self._buses.append(bus)
        return bus

    def waited(self, seconds: float, about: float) -> bool:
        return about / 2 < seconds

    async def close(self) -> None:
        for bus in self._buses:
            await bus.close()


class SimulatedWorld:
    """The simulated stream, without faults."""

    def __init__(self, stream: SimulatedStream) -> None:
        self.stream = stream

    async def declare(self, *durables: Durable) -> None:
        self.stream.provision(durables, ack_wait=ACK_WAIT)

    def bus(self, service: str) -> BusPort:
        return self.stream.bus(service)

    def waited(self, seconds: float, about: float) -> bool:
        return 0.8 * about < seconds < 2 * about


def play_real(url: str, scenario: Scenario) -> None:
    """Play a scenario on the broker at this address."""

    async def play() -> None:
        world = RealWorld(url)
        try:
            await scenario(world)
        finally:
            await world.close()

    asyncio.run(play())


def play_simulated(scenario: Scenario) -> None:
    """Play a scenario on a simulated stream, on virtual time."""
    loop = SimulatedLoop()
    faults: list[Any] = []
    loop.set_exception_handler(lambda _, context: faults.append(context))
    try:
        stream = SimulatedStream(loop, Wire(Random(1), PEACE), CALM)
        loop.run_until_complete(scenario(SimulatedWorld(stream)))  # type: ignore[arg-type]
    finally:
        loop.close()
    assert faults == []


def durable(name: str, *facts: type[Fact]) -> Durable:
    """Return a durable that hears these facts."""
    return Durable(name, (Heard(name, facts, batch=False),))


DEPARTED = durable("test-departed", PersonDeparted)


@dataclass
class Tap:
    """Stands where a runner stands: notes what it is given and settles it as the test wants."""

    durable: Durable
    settle: Callable[[Delivery], Awaitable[None]] = lambda message: message.ack()
    heard: list[tuple[bytes, int]] = field(default_factory=list[tuple[bytes, int]])

    async def take(self, messages: Sequence[Delivery]) -> None:
        """Take a batch."""
        for message in messages:
            self.heard.append((message.data, message.metadata.num_delivered))
            await self.settle(message)

    def among(self, events: Sequence[Outgoing]) -> list[bytes]:
        """Return which of these events came, in the order in which they came."""
        wanted = {raw for _, _, raw in events}
        return [raw for raw, _ in self.heard if raw in wanted]

    def tries(self, event: Outgoing) -> list[int]:
        """Return the delivery counts with which this event came."""
        return [count for raw, count in self.heard if raw == event[2]]


@contextlib.asynccontextmanager
async def hearing(world: World, *taps: Any) -> AsyncGenerator[BusPort]:
    """Hear with these taps or runners, as one process."""
    bus = world.bus("test")
    await bus.start(taps)
    try:
        yield bus
    finally:
        await bus.finish()
        await bus.close()


def event(fact: type[Fact] = PersonDeparted, key: str | None = None, event_id: str | None = None) -> Outgoing:
    """Return a fresh event as the relay hands it over."""
    subject = key or new_id()
    data = DutyAreaReleased(area_id=subject) if fact is DutyAreaReleased else PersonDeparted(person_id=subject)
    told: Event[Fact] = Event(
        event_id or new_id(), "/yizhan/members", subject, BEGIN, 1, "cause", "story", "tester", data
    )
    return told.id, data.SUBJECT, told.to_json()


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until the condition holds; fails after the given seconds."""
    async with asyncio.timeout(seconds):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


async def a_while(seconds: float = 0.4) -> None:
    """Wait for what should not come."""
    await asyncio.sleep(seconds)
