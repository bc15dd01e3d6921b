"""What the simulated bus does wrong on purpose, and that the real runner and relay live with it."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest
from nats.errors import Error as BrokerError

from shared.bus.broker import FINISH_SECONDS
from shared.bus.consumers import declared, hears
from shared.bus.outcome import Done, Outcome
from shared.bus.parked import Parking
from shared.bus.publisher import NotPublishedError, Outgoing
from shared.bus.relay import Relay
from shared.bus.runner import ConsumerRunner
from shared.bus.stream import ACK_WAIT_SECONDS
from shared.contracts.event import Event
from shared.contracts.members import PersonDeparted
from shared.store.aggregates import Unsent
from shared.store.mongo import StoreError
from tests.simulation.bus import GRACE_SECONDS, SimulatedStream
from tests.simulation.delivery import CALM, BusChances
from tests.simulation.machine import Process, SimulatedClock, SimulatedLoop
from tests.simulation.wire import PEACE, Chances, Wire
from tests.support.buses import DEPARTED, Tap, event

DAY = 86_400.0


class Room:
    """A simulated world of one durable: starts processes that hear with consumers, and publishes."""

    def __init__(self, seed: int = 1, chances: Chances = PEACE, bus: BusChances = CALM) -> None:
        self.loop = SimulatedLoop()
        self.wire = Wire(Random(seed), chances)
        self.stream = SimulatedStream(self.loop, self.wire, bus)
        self.wire.on_death = self._bury
        self.deaths = 0
        self.lives = 0
        self.consumers: list[Consumers] = []
        self.stream.provision([DEPARTED, *declared(Consumers)])

    def tap(self, tap: Tap) -> Process:
        """Start a process that hears with this tap."""
        return self._start([tap])

    def hear(self) -> Process:
        """Start a process that hears with consumers of its own, through a real runner."""
        consumers = Consumers(self.loop)
        self.consumers.append(consumers)
        parking: Any = None
        return self._start(
            [ConsumerRunner(declared(Consumers)[0], consumers, Parking(parking), SimulatedClock(self.loop))]
        )

    def _start(self, runners: Any) -> Process:
        self.lives += 1
        process = Process(f"listener-{self.lives}", self.loop)
        process.spawn(self.stream.bus("listener").start(runners))
        return process

    def _bury(self, process: Process) -> None:
        self.deaths += 1
        process.die()
        self.hear()

    async def publish(self, events: list[Outgoing]) -> None:
        """Publish until it is sure that the stream has them, as the relay does."""
        publisher = await self.stream.bus("teller").connect()
        while True:
            try:
                return await publisher.publish(events)
            except NotPublishedError:
                await asyncio.sleep(0.5)

    def play(self, scenario: Awaitable[None]) -> None:
        """Play to the end."""
        self.loop.run_until_complete(scenario)  # type: ignore[arg-type]
        self.loop.close()


class Consumers:
    """Hears slowly, and keeps what it finished."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self.loop = loop
        self.heard: list[tuple[float, str]] = []

    @hears("test-simulated-consumers", PersonDeparted)
    async def on_person_departed(self, event: Event[PersonDeparted]) -> Outcome:
        await asyncio.sleep(0.01)
        self.heard.append((self.loop.time(), event.id))
        return Done()


def test_a_calm_idle_week_costs_no_steps() -> None:
    room, tap = Room(), Tap(DEPARTED)
    steps = 0

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal steps
        steps += 1
        return SimulatedLoop.call_at(room.loop, *arguments, **options)

    async def scenario() -> None:
        room.tap(tap)
        await room.publish([event() for _ in range(10)])
        await asyncio.sleep(60.0)
        room.loop.call_at = counted
        await asyncio.sleep(7 * DAY)

    room.play(scenario())
    assert len(tap.heard) == 10
    assert room.stream.unsettled() == {"test-departed": 0, "test-simulated-consumers": 10}
    assert steps == 1


def test_what_the_dead_took_comes_to_the_next_after_the_ack_wait() -> None:
    room = Room()
    events = [event() for _ in range(8)]

    async def hold(_: Any) -> None:
        await room.loop.create_future()

    async def scenario() -> None:
        stuck, other = Tap(DEPARTED, hold), Tap(DEPARTED)
        first = room.tap(stuck)
        await room.publish(events)
        await asyncio.sleep(1.0)
        assert len(stuck.heard) == 1
        first.die()
        room.tap(other)
        await asyncio.sleep(ACK_WAIT_SECONDS - 2.0)
        assert other.heard == []
        await asyncio.sleep(3.0)
        assert [other.tries(one) for one in events] == [[2]] * 8
        assert room.stream.unsettled()["test-departed"] == 0

    room.play(scenario())


def test_a_polite_end_gives_back_what_takes_too_long() -> None:
    room, events = Room(), [event(), event()]

    async def settle(message: Any) -> None:
        if message.data == events[1][2]:
            await asyncio.sleep(3600.0)
        await message.ack()

    slow, other = Tap(DEPARTED, settle), Tap(DEPARTED)

    async def scenario() -> None:
        bus = room.stream.bus("slow")
        runners: Any = [slow]
        await bus.start(runners)
        await room.publish(events)
        await asyncio.sleep(1.0)
        began = room.loop.time()
        await bus.finish()
        await bus.close()
        assert room.loop.time() - began == pytest.approx(FINISH_SECONDS + GRACE_SECONDS)
        room.tap(other)
        await asyncio.sleep(1.0)

    room.play(scenario())
    assert [slow.tries(one) for one in events] == [[1], [1]]
    assert [other.tries(one) for one in events] == [[], [2]]


def test_nothing_goes_to_the_dead() -> None:
    room, tap, other = Room(), Tap(DEPARTED), Tap(DEPARTED)
    events = [event() for _ in range(6)]

    async def scenario() -> None:
        process = room.tap(tap)
        room.tap(other)
        await asyncio.sleep(1.0)
        process.die()
        await room.publish(events)
        await asyncio.sleep(1.0)

    room.play(scenario())
    assert tap.heard == []
    assert [other.tries(one) for one in events] == [[1]] * 6


@pytest.mark.parametrize(
    ("chances", "tries"),
    [(BusChances(0, 0, 0, 0, 1.0, 0), lambda n: n > 5), (BusChances(1.0, 0, 0, 0, 0, 0), lambda n: n > 3)],
    ids=["every ack lost", "everything twice"],
)
def test_what_was_acked_comes_again(chances: BusChances, tries: Callable[[int], bool]) -> None:
    room, tap = Room(bus=chances), Tap(DEPARTED)
    one = event()

    async def scenario() -> None:
        room.tap(tap)
        await room.publish([one])
        await asyncio.sleep(6 * DAY)

    room.play(scenario())
    assert tries(len(tap.tries(one)))
    assert tap.tries(one) == sorted(tap.tries(one))


def test_late_events_come_after_younger_ones_and_none_is_lost() -> None:
    room, tap = Room(bus=BusChances(0, 0.3, 0.5, 0.5, 0, 0)), Tap(DEPARTED)
    events = [event(key="the-same") for _ in range(200)]

    async def scenario() -> None:
        room.tap(tap)
        for start in range(0, 200, 20):
            await room.publish(events[start : start + 20])
            await asyncio.sleep(60.0)
        await asyncio.sleep(DAY)

    room.play(scenario())
    came = tap.among(events)
    assert sorted(came) == sorted(raw for _, _, raw in events)
    assert came != [raw for _, _, raw in events]
    assert {count for _, count in tap.heard} == {1, 2}
    assert room.stream.unsettled()["test-departed"] == 0


@dataclass
class Batches(Tap):
    """A tap that also notes how large each batch was."""

    sizes: list[int] = field(default_factory=list[int])

    async def take(self, messages: Sequence[Any]) -> None:
        self.sizes.append(len(messages))
        await super().take(messages)


def batches(bus: BusChances, listeners: int = 1) -> tuple[list[Outgoing], list[Batches]]:
    """Publish fifty events at once to so many listeners of one durable; returns the events and what each took."""
    room, events, taps = Room(bus=bus), [event() for _ in range(50)], [Batches(DEPARTED) for _ in range(listeners)]

    async def scenario() -> None:
        for tap in taps:
            room.tap(tap)
        await asyncio.sleep(1.0)
        await room.publish(events)
        await asyncio.sleep(60.0)

    room.play(scenario())
    return events, taps


def test_a_batch_may_be_shuffled_or_cut() -> None:
    events, (shuffled,) = batches(replace(CALM, shuffled=1.0))
    assert shuffled.sizes == [50]
    assert sorted(shuffled.among(events)) == sorted(raw for _, _, raw in events)
    assert shuffled.among(events) != [raw for _, _, raw in events]
    events, (cut,) = batches(replace(CALM, cut=1.0))
    assert len(cut.sizes) > 1
    assert cut.among(events) == [raw for _, _, raw in events]


def test_listeners_that_wait_share_a_batch_event_by_event() -> None:
    events, taps = batches(CALM, listeners=2)
    assert [tap.sizes for tap in taps] == [[25], [25]]
    assert taps[0].among(events) == [raw for _, _, raw in events[::2]]


def test_a_publishing_of_single_events_may_break_off_after_the_first_ones() -> None:
    room, events = Room(seed=3, bus=replace(CALM, publish_cut=1.0)), [event() for _ in range(50)]

    async def scenario() -> None:
        publisher = await room.stream.bus("teller").connect()
        await publisher.publish(events[:2])
        with pytest.raises(NotPublishedError):
            await publisher.publish(events)

    room.play(scenario())
    stored = [stored.message_id for stored in room.stream.events]
    assert 2 < len(stored) < 50
    assert stored == [event_id for event_id, _, _ in events][: len(stored)]


def test_while_the_bus_is_away_nothing_passes_and_afterwards_everything() -> None:
    room, tap = Room(), Tap(DEPARTED)
    before, after = [event() for _ in range(5)], [event() for _ in range(5)]

    async def scenario() -> None:
        process = room.tap(tap)
        await room.publish(before)
        room.wire.away.add("bus")
        bus = room.stream.bus("late")
        late = asyncio.create_task(bus.connect())
        telling = asyncio.create_task(room.publish(after))
        await asyncio.sleep(3 * 3600.0)
        assert not late.done()
        assert not telling.done()
        assert not bus.connected
        assert tap.heard == []
        assert process.alive
        room.wire.away.clear()
        await asyncio.sleep(30.0)
        assert late.done()
        assert bus.connected

    room.play(scenario())
    assert tap.among(before + after) == [raw for _, _, raw in before + after]


def test_an_ack_in_an_outage_is_told_and_the_event_comes_again() -> None:
    room, one = Room(), event()

    async def settle(message: Any) -> None:
        if message.metadata.num_delivered == 1:
            room.wire.away.add("bus")
            with pytest.raises(BrokerError):
                await message.ack()
        else:
            await message.ack()

    tap = Tap(DEPARTED, settle)

    async def scenario() -> None:
        room.tap(tap)
        await room.publish([one])
        await asyncio.sleep(600.0)
        assert tap.tries(one) == [1]
        room.wire.away.clear()
        await asyncio.sleep(60.0)

    room.play(scenario())
    assert tap.tries(one) == [1, 2]
    assert room.stream.unsettled()["test-departed"] == 0


class Outbox:
    """What was committed and is not known to be sent: it survives the process, as a collection does."""

    name = "outbox"

    def __init__(self, wire: Wire, clock: SimulatedClock) -> None:
        self.wire = wire
        self.clock = clock
        self.rows: dict[str, dict[str, Any]] = {}

    def commit(self, told: Outgoing) -> Unsent:
        event_id, subject, raw = told
        entry = {"id": event_id, "at": self.clock.now(), "subject": subject, "raw": raw}
        self.rows[event_id] = {"_id": event_id, "outbox": [entry]}
        return Unsent(self, event_id, [told])  # type: ignore[arg-type]

    async def find(self, where: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
        before = where["outbox.at"]["$lt"]
        rows = [row for row in self.rows.values() if row["outbox"][0]["at"] < before]
        return await self.wire.call("store:test", lambda: rows[: options["limit"]], StoreError)

    async def update_many(self, where: dict[str, Any], update: dict[str, Any], *, relaxed: bool) -> None:
        def clear() -> None:
            for one in where["_id"]["$in"]:
                self.rows.pop(one, None)

        await self.wire.call("store:test", clear, StoreError)


async def tell(room: Room, outbox: Outbox, events: list[Outgoing]) -> None:
    """Commit and relay as a service does: right after the commit, and with a sweep for what was left behind."""
    relay: Relay = Relay(SimulatedClock(room.loop))
    relay.watch(outbox)  # type: ignore[arg-type]
    relay.connected(await room.stream.bus("teller").connect())
    tasks = [asyncio.create_task(relay.run())]
    while True:
        for _ in range(min(5, len(events))):
            relay.offer(outbox.commit(events.pop()))
        await asyncio.sleep(2.0)
        with contextlib.suppress(StoreError):
            await relay.sweep()
        assert not tasks[0].done()


@pytest.mark.parametrize("seed", range(4))
def test_the_relay_loses_nothing_whoever_dies_and_whatever_is_lost(seed: int) -> None:
    stormy = Chances(0.05, 0.05, 0.05, 0.02, 0.02)
    room, tap = Room(seed, stormy, BusChances(publish_cut=0.5)), Tap(DEPARTED)
    outbox = Outbox(room.wire, SimulatedClock(room.loop))
    events = [event(event_id=f"event-{n}") for n in range(200)]
    wanted = sorted(event_id for event_id, _, _ in events)
    tellers: list[Process] = []

    def start(died: Process | None = None) -> None:
        if died is not None:
            died.die()
        tellers.append(Process(f"teller-{len(tellers)}", room.loop))
        tellers[-1].spawn(tell(room, outbox, events))

    async def scenario() -> None:
        room.wire.on_death = start
        room.tap(tap)
        start()
        start()
        await asyncio.sleep(3600.0)

    room.play(scenario())
    assert len(tellers) > 5
    assert outbox.rows == {}
    assert sorted(stored.message_id for stored in room.stream.events) == wanted


def story(seed: int) -> tuple[list[list[tuple[float, str]]], int, int, int]:
    """Play a day with every fault and deaths; returns what each life of the process heard."""
    stormy = Chances(0.05, 0.02, 0.02, 0.004, 0.004)
    room = Room(seed, stormy, BusChances(0.05, 0.05, 0.2, 0.2, 0.05, 0.2))
    events = [event(key=f"person-{n % 7}", event_id=f"event-{n}") for n in range(300)]

    async def scenario() -> None:
        room.hear()
        room.hear()
        for start in range(0, 300, 30):
            await room.publish(events[start : start + 30])
            await asyncio.sleep(600.0)
            if start == 90:
                room.wire.away.add("bus")
                await asyncio.sleep(3600.0)
                room.wire.away.clear()
        await asyncio.sleep(14 * DAY)

    room.play(scenario())
    stored = [stored.message_id for stored in room.stream.events]
    assert sorted(stored) == sorted(event_id for event_id, _, _ in events)
    finished = Counter(event_id for consumers in room.consumers for _, event_id in consumers.heard)
    assert set(finished) == set(stored)
    assert room.stream.unsettled()["test-simulated-consumers"] == 0
    return (
        [consumers.heard for consumers in room.consumers],
        room.deaths,
        room.stream.deliveries,
        max(finished.values()),
    )


def test_a_seed_is_a_whole_story() -> None:
    played = [story(seed) for seed in range(5)]
    assert played == [story(seed) for seed in range(5)]
    assert len({repr(heard) for heard, _, _, _ in played}) == 5
    assert sum(deaths for _, deaths, _, _ in played) > 5
    assert all(deliveries > 300 and most > 1 for _, _, deliveries, most in played)
