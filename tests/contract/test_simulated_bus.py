"""Holds the simulated bus to the real one: the same scenarios, the same expectations, on NATS and on virtual time."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest

from shared.bus.broker import Lag
from shared.bus.consumers import declared, hears
from shared.bus.outcome import Done, Outcome, Parked, Retry
from shared.bus.parked import Parking
from shared.bus.publisher import NotPublishedError
from shared.bus.runner import ConsumerRunner, Delivery
from shared.clock import SystemClock
from shared.contracts.event import Event
from shared.contracts.members import DutyAreaReleased, PersonDeparted
from shared.ids import new_id
from shared.ports import BusPort
from shared.refusal import Refusal
from tests.support.buses import (
    ACK_WAIT,
    DEPARTED,
    Scenario,
    Tap,
    World,
    a_while,
    durable,
    event,
    hearing,
    play_real,
    play_simulated,
    until,
)

Play = Callable[[Scenario], None]
RELEASED = durable("test-released", DutyAreaReleased)
BOTH = durable("test-both", PersonDeparted, DutyAreaReleased)


@pytest.fixture(params=["simulated", "real"])
def play(request: pytest.FixtureRequest) -> Play:
    """Play a scenario on one of the two buses."""
    if request.param == "simulated":
        return play_simulated
    url = request.getfixturevalue("nats_url")
    return lambda scenario: play_real(url, scenario)


def test_events_come_in_the_order_of_publishing(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        tap, events = Tap(DEPARTED), [event() for _ in range(700)]
        async with hearing(world, tap) as bus:
            publisher = await bus.connect()
            await publisher.publish(events[:500])
            for one in events[500:510]:
                await publisher.publish([one])
            await publisher.publish(events[510:])
            await until(lambda: len(tap.among(events)) >= 700)
            await a_while()
        assert tap.among(events) == [raw for _, _, raw in events]
        assert {n for one in events for n in tap.tries(one)} == {1}

    play(scenario)


def test_another_event_under_an_id_that_was_stored_is_no_repetition(play: Play) -> None:
    """Nothing is lost in silence: what was not stored, to the byte, is stored, whatever its id."""

    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        tap, one = Tap(DEPARTED), event()
        namesakes = [event(event_id=one[0]) for _ in range(3)]
        async with hearing(world, tap) as bus:
            publisher = await bus.connect()
            await publisher.publish([one])
            await publisher.publish([namesakes[0]])
            await publisher.publish(namesakes)
            await until(lambda: len(tap.among([one, *namesakes])) >= 4)
            await a_while()
        assert sorted(tap.among([one, *namesakes])) == sorted(raw for _, _, raw in (one, *namesakes))

    play(scenario)


def test_an_id_that_was_stored_is_not_stored_again(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        tap, (a, b, c, d, e) = Tap(DEPARTED), [event() for _ in range(5)]
        async with hearing(world, tap) as bus:
            first, second = await bus.connect(), await world.bus("other").connect()
            await first.publish([a])
            await first.publish([a])
            await second.publish([a])
            await first.publish([b, c])
            await second.publish([b, c])
            await first.publish([c, d, a])
            await second.publish([e, e])
            await until(lambda: len(tap.among([a, b, c, d, e])) >= 5)
            await a_while()
        assert tap.among([a, b, c, d, e]) == [raw for _, _, raw in (a, b, c, d, e)]

    play(scenario)


def test_two_publishers_of_the_same_events_at_once_store_them_once(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        tap, events = Tap(DEPARTED), [event() for _ in range(40)]
        async with hearing(world, tap) as bus:
            first, second = await bus.connect(), await world.bus("other").connect()
            await asyncio.gather(first.publish(events), second.publish(events), first.publish(events[20:]))
            await until(lambda: len(tap.among(events)) >= 40)
            await a_while()
        assert sorted(tap.among(events)) == sorted(raw for _, _, raw in events)

    play(scenario)


@pytest.mark.parametrize("wrong", [("nothing.of.ours", b"{}"), (PersonDeparted.SUBJECT, b" " * (1 << 20) + b"{}")])
def test_what_the_stream_does_not_take_is_told(play: Play, wrong: tuple[str, bytes]) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        publisher = await world.bus("test").connect()
        with pytest.raises(NotPublishedError):
            await publisher.publish([(new_id(), *wrong)])
        await publisher.publish([])

    play(scenario)


def test_a_publisher_whose_connection_is_closed_says_so(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        bus = world.bus("test")
        assert not bus.connected
        publisher = await bus.connect()
        assert bus.connected
        assert not bus.hearing
        await bus.close()
        assert not bus.connected
        with pytest.raises(NotPublishedError):
            await publisher.publish([event()])

    play(scenario)


def test_each_durable_hears_what_it_filters_for(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED, RELEASED, BOTH)
        departed, released, both = Tap(DEPARTED), Tap(RELEASED), Tap(BOTH)
        events = [event((PersonDeparted, DutyAreaReleased)[n % 2]) for n in range(20)]
        async with hearing(world, departed, released) as bus, hearing(world, both):
            assert bus.hearing
            await (await bus.connect()).publish(events)
            await until(lambda: sum(len(tap.among(events)) for tap in (departed, released, both)) >= 40)
            await a_while()
        assert departed.among(events) == [raw for _, _, raw in events[::2]]
        assert released.among(events) == [raw for _, _, raw in events[1::2]]
        assert both.among(events) == [raw for _, _, raw in events]

    play(scenario)


def test_two_replicas_share_a_durable(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        taps, events = (Tap(DEPARTED), Tap(DEPARTED)), [event() for _ in range(60)]
        async with hearing(world, taps[0]) as bus, hearing(world, taps[1]):
            publisher = await bus.connect()
            for one in events:
                await publisher.publish([one])
                await asyncio.sleep(0.01)
            await until(lambda: len(taps[0].among(events) + taps[1].among(events)) >= 60)
            await a_while()
        assert sorted(taps[0].among(events) + taps[1].among(events)) == sorted(raw for _, _, raw in events)
        assert all(tap.among(events) for tap in taps)

    play(scenario)


def test_a_batch_is_not_taken_before_the_last_one_is_finished(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        under_way, most = 0, 0

        class Slow(Tap):
            async def take(self, messages: Sequence[Delivery]) -> None:
                nonlocal under_way, most
                under_way, most = under_way + 1, max(most, under_way + 1)
                await asyncio.sleep(0.15)
                await super().take(messages)
                under_way -= 1

        tap, events = Slow(DEPARTED), [event() for _ in range(6)]
        async with hearing(world, tap) as bus:
            publisher = await bus.connect()
            for one in events:
                await publisher.publish([one])
                await asyncio.sleep(0.06)
            await until(lambda: len(tap.among(events)) >= 6)
        assert most == 1
        assert tap.among(events) == [raw for _, _, raw in events]

    play(scenario)


def test_a_nak_brings_the_event_again_after_its_delay(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        times: list[float] = []
        one = event()

        async def settle(message: Delivery) -> None:
            tries = message.metadata.num_delivered
            if message.data == one[2]:
                times.append(asyncio.get_running_loop().time())
            if message.data == one[2] and tries < 3:
                await message.nak(delay=0.3 if tries == 1 else None)
            else:
                await message.ack()

        tap = Tap(DEPARTED, settle)
        async with hearing(world, tap) as bus:
            await (await bus.connect()).publish([one])
            await until(lambda: len(tap.tries(one)) >= 3)
            await asyncio.sleep(1.3)
        assert tap.tries(one) == [1, 2, 3]
        assert world.waited(times[1] - times[0], about=0.3)

    play(scenario)


def test_what_is_not_acked_comes_again_after_the_ack_wait_and_others_pass(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        times: list[float] = []
        silent, other = event(), event()

        async def settle(message: Delivery) -> None:
            if message.data == silent[2]:
                times.append(asyncio.get_running_loop().time())
            if message.data != silent[2] or message.metadata.num_delivered > 2:
                await message.ack()

        tap = Tap(DEPARTED, settle)
        async with hearing(world, tap) as bus:
            await (await bus.connect()).publish([silent, other])
            await until(lambda: len(tap.tries(silent)) >= 3)
            await asyncio.sleep(1.3)
        assert tap.tries(silent) == [1, 2, 3]
        assert tap.tries(other) == [1]
        assert world.waited(times[1] - times[0], about=ACK_WAIT)

    play(scenario)


def test_what_a_process_leaves_unsettled_goes_to_another(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)

        async def settle_nothing(_: Delivery) -> None:
            return None

        first, second, events = Tap(DEPARTED, settle_nothing), Tap(DEPARTED), [event() for _ in range(5)]
        async with hearing(world, first) as bus:
            await (await bus.connect()).publish(events)
            await until(lambda: len(first.among(events)) >= 5)
        async with hearing(world, second):
            await until(lambda: len(second.among(events)) >= 5)
        assert sorted(second.among(events)) == sorted(raw for _, _, raw in events)
        assert all(second.tries(one) == [2] for one in events)

    play(scenario)


@pytest.mark.parametrize("polite", [True, False], ids=["finished", "closed"])
def test_a_batch_at_hand_is_settled_in_a_polite_end_and_cut_in_another(play: Play, polite: bool) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        one, finished = event(), 0

        async def settle(message: Delivery) -> None:
            nonlocal finished
            await asyncio.sleep(0.5 if message.data == one[2] else 0)
            await message.ack()
            finished += message.data == one[2]

        first, second, bus = Tap(DEPARTED, settle), Tap(DEPARTED), world.bus("test")
        runners: Any = [first]
        await bus.start(runners)
        publisher = await bus.connect()
        await publisher.publish([one])
        await until(lambda: first.tries(one) == [1])
        if polite:
            await bus.finish()
            assert not bus.hearing
            assert bus.connected
            await publisher.publish([event()])
        await bus.close()
        await a_while(0.6)
        assert finished == polite
        async with hearing(world, second):
            await asyncio.sleep(1.5)
        assert second.tries(one) == ([] if polite else [2])

    play(scenario)


def test_an_ack_of_an_earlier_delivery_counts(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        kept: list[Delivery] = []
        one = event()

        async def settle(message: Delivery) -> None:
            if message.data != one[2]:
                return
            kept.append(message)
            if message.metadata.num_delivered == 2:
                await kept[0].ack()

        tap = Tap(DEPARTED, settle)
        async with hearing(world, tap) as bus:
            await (await bus.connect()).publish([one])
            await until(lambda: len(tap.tries(one)) >= 2)
            await asyncio.sleep(1.5)
        assert tap.tries(one) == [1, 2]

    play(scenario)


def test_an_ack_after_the_ack_wait_counts_when_nobody_has_the_event_again(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        one, later = event(), event()

        async def settle(message: Delivery) -> None:
            await asyncio.sleep(1.6 if message.data == one[2] else 0)
            await message.ack()

        tap = Tap(DEPARTED, settle)
        async with hearing(world, tap) as bus:
            publisher = await bus.connect()
            await publisher.publish([one])
            await until(lambda: tap.tries(one) != [])
            await asyncio.sleep(2.2)
            await publisher.publish([later])
            await until(lambda: tap.tries(later) == [1])
        # a server that is quicker than the late ack may give the event once more, and then hears the second ack
        assert tap.tries(one) in ([1], [1, 2])

    play(scenario)


def test_a_process_that_comes_late_gets_what_was_stored_before(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        events = [event() for _ in range(30)]
        publisher = await world.bus("test").connect()
        await publisher.publish(events)
        late, new = Tap(DEPARTED), Tap(BOTH)
        async with hearing(world, late):
            await until(lambda: len(late.among(events)) >= 30)
        await world.declare(DEPARTED, BOTH)
        async with hearing(world, new):
            await until(lambda: len(new.among(events)) >= 30)
        assert late.among(events) == new.among(events) == [raw for _, _, raw in events]

    play(scenario)


def test_hearing_waits_until_the_durable_is_provisioned(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(RELEASED)
        tap, one, bus = Tap(DEPARTED), event(), world.bus("test")
        runners: Any = [tap]
        starting = asyncio.create_task(bus.start(runners))
        await a_while()
        assert not bus.hearing
        await world.declare(RELEASED, DEPARTED)
        await starting
        assert bus.hearing
        await (await bus.connect()).publish([one])
        await until(lambda: tap.tries(one) == [1])
        await bus.close()

    play(scenario)


def test_replay_gives_every_event_in_order(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        bus = world.bus("test")
        with pytest.raises(RuntimeError):
            bus.replay()
        publisher = await bus.connect()
        events = [event((PersonDeparted, DutyAreaReleased)[n % 2]) for n in range(450)]
        await publisher.publish(events[:300])
        await publisher.publish([(new_id(), PersonDeparted.SUBJECT, b"no event")])
        await publisher.publish(events[300:])
        ids = {event_id for event_id, _, _ in events}
        assert [one for one in await _replayed(bus) if one in ids] == [event_id for event_id, _, _ in events]

    play(scenario)


def test_the_lag_of_a_durable_is_told(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.declare(DEPARTED)
        bus = world.bus("test")
        assert await bus.lags(["test-departed"]) == {}
        publisher = await bus.connect()
        before = (await bus.lags(["test-departed"]))["test-departed"].pending
        await publisher.publish([event() for _ in range(5)])
        assert (await bus.lags(["test-departed", "test-unknown"])) == {"test-departed": Lag(before + 5, 0)}

        async def settle_one(message: Delivery) -> None:
            if message.data == one[2]:
                await message.ack()

        one = event()
        await publisher.publish([one])
        tap = Tap(DEPARTED, settle_one)
        async with hearing(world, tap):
            await until(lambda: tap.tries(one) != [])
            await a_while(0.1)
            assert await bus.lags(["test-departed"]) == {"test-departed": Lag(0, before + 5)}

    play(scenario)


async def _replayed(bus: BusPort) -> list[str]:
    batches = [batch async for batch in bus.replay()]
    assert all(len(batch) <= 200 for batch in batches)
    return [one.id for batch in batches for one in batch]


class Rows:
    """Stands for the collection of parked events."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    async def upsert_many(self, writes: Sequence[Any]) -> None:
        self.kept += writes


class Consumers:
    """Answers by the number in the person's id."""

    def __init__(self, answers: Sequence[Callable[[int], Outcome | Exception]]) -> None:
        self.answers = answers
        self.calls = [count(1) for _ in answers]
        self.heard = [0] * len(answers)

    @hears("test-consumers", PersonDeparted)
    async def on_person_departed(self, event: Event[PersonDeparted]) -> Outcome:
        prefix, _, number = event.data.person_id.partition("#")
        if not number or prefix != str(id(self)):
            return Done()
        which = int(number)
        self.heard[which] += 1
        outcome = self.answers[which](next(self.calls[which]))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_every_outcome_of_a_door_settles(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.bus.runner.LOGIC_FAULT_LIMIT", 2)
    consumers = Consumers(
        [
            lambda _: Done(),
            lambda _: Parked("cannot be"),
            lambda _: Refusal("test.stale"),
            lambda n: Retry("not yet", delay=0.05) if n < 3 else Done(),
            lambda _: KeyError("a fault of ours"),
            lambda n: TimeoutError() if n < 2 else Done(),
        ]
    )

    async def scenario(world: World) -> None:
        listens = declared(Consumers)
        await world.declare(*listens)
        rows: Any = Rows()
        runner = ConsumerRunner(listens[0], consumers, Parking(rows), SystemClock())
        async with hearing(world, runner) as bus:
            publisher = await bus.connect()
            await publisher.publish([event(key=f"{id(consumers)}#{which}") for which in range(6)])
            await until(lambda: sum(consumers.heard) >= 10)
            await asyncio.sleep(1.5)
        assert consumers.heard == [1, 1, 1, 3, 2, 2]
        mine = [row for row in rows.kept if f"{id(consumers)}#".encode() in row.update["$set"]["raw"]]
        assert sorted(row.update["$set"]["reason"] for row in mine) == ["KeyError: 'a fault of ours'", "cannot be"]

    play(scenario)
