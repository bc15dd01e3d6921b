"""A service that ends politely leaves no event behind that waits for the acknowledgement time."""

import asyncio
import contextlib
from pathlib import Path

import nats
import pytest

from deploy.local.ports import free_port
from deploy.local.servers import start_nats
from shared.bus.consumers import hears
from shared.bus.outcome import Done, Outcome
from shared.bus.stream import ACK_WAIT_SECONDS, STREAM
from shared.clock import SystemClock
from shared.contracts.event import Fact
from shared.ids import new_id
from shared.ports import Ports
from shared.store.document import Because
from tests.support.stage import Counter, Event, PersonDeparted, counting, declare, departed, running, settings_for

CLOCK = SystemClock()
TURNS = 6


class Slow:
    """Consumers that take a while for each event."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.begun = 0

    @hears("test-ending", PersonDeparted)
    async def on_person_departed(self, event: Event) -> Outcome:
        self.begun += 1
        await asyncio.sleep(self.seconds)
        return Done()


def facts(person: str) -> list[Fact]:
    return [departed(person)]


async def left(nats_url: str) -> int:
    """Return how many events were not delivered yet, or delivered and not acknowledged."""
    connection = await nats.connect(nats_url)
    try:
        info = await connection.jetstream().consumer_info(STREAM, "test-ending")
    finally:
        await connection.close()
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def test_after_ends_in_the_middle_of_traffic_nothing_waits_for_the_acknowledgement_time(
    nats_url: str, mongodb_uri: str
) -> None:
    await declare(nats_url, Slow)
    settings = settings_for(nats_url, mongodb_uri, f"t_{new_id()}")
    async with running("members", settings, counting(None), Ports(clock=CLOCK)) as runtime:
        counters = runtime.documents(Counter)

        async def tell() -> None:
            while True:
                person = new_id()
                await counters.create(person, Counter(), facts(person), Because.command("t", person, CLOCK.now()))
                await asyncio.sleep(0.005)

        telling = asyncio.create_task(tell())
        for _ in range(TURNS):
            consumers = Slow(0.0)
            async with running("members", settings, counting(consumers), Ports(clock=CLOCK)):
                async with asyncio.timeout(15):
                    while consumers.begun < 10:  # noqa: ASYNC110 - the consumers are watched
                        await asyncio.sleep(0.01)
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
        async with running("members", settings, counting(Slow(0.0)), Ports(clock=CLOCK)):
            async with asyncio.timeout(ACK_WAIT_SECONDS / 2):
                while await left(nats_url):  # noqa: ASYNC110 - the broker is watched
                    await asyncio.sleep(0.1)
        await runtime.database.drop()


async def test_what_is_not_handled_in_time_is_given_back(
    nats_url: str, mongodb_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.broker.FINISH_SECONDS", 0.1)
    await declare(nats_url, Slow)
    settings = settings_for(nats_url, mongodb_uri, f"t_{new_id()}")
    stuck, quick = Slow(600.0), Slow(0.0)
    async with running("members", settings, counting(stuck), Ports(clock=CLOCK)) as runtime:
        counters = runtime.documents(Counter)
        person = new_id()
        await counters.create(person, Counter(), facts(person), Because.command("t", person, CLOCK.now()))
        async with asyncio.timeout(15):
            while not stuck.begun:  # noqa: ASYNC110 - the consumers are watched
                await asyncio.sleep(0.01)
    async with running("members", settings, counting(quick), Ports(clock=CLOCK)) as runtime:
        async with asyncio.timeout(15):
            while not quick.begun:  # noqa: ASYNC110 - the consumers are watched
                await asyncio.sleep(0.01)
        await runtime.database.drop()


async def test_a_service_ends_cleanly_while_the_broker_is_away(mongodb_uri: str, tmp_path: Path) -> None:
    broker = await start_nats(tmp_path, free_port(), sync_interval="2m")
    await declare(broker.address, Slow)
    settings = settings_for(broker.address, mongodb_uri, f"t_{new_id()}")
    async with running("members", settings, counting(Slow(0.0)), Ports(clock=CLOCK)) as runtime:
        async with asyncio.timeout(15):
            while not runtime.bus.hearing:  # noqa: ASYNC110 - the bus is watched
                await asyncio.sleep(0.01)
            await broker.stop()
            while runtime.bus.connected:  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.01)
    assert not runtime.bus.connected
