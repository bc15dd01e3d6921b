"""A stream of an earlier release moves into one made right: nothing lost or changed, durables where they were."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig

from deploy.local.servers import nats_server
from deploy.nats.content import Content, Message, content_of
from deploy.nats.declared import consumer_config, stream_config
from deploy.nats.migrate import COPY, MigrationError, migrate, needed, outdated, rewritings
from deploy.nats.provision import provision, provision_at
from deploy.nats.topology import Durable
from shared.bus.consumers import Heard
from shared.bus.publisher import NotPublishedError, StreamPublisher
from shared.bus.replay import replay
from shared.bus.stream import STREAM
from shared.contracts.members import DutyAreaReleased, PersonDeparted
from tests.support.buses import DEPARTED, RealWorld, Tap, event, hearing, until

AREAS = Durable("test-areas", (Heard("test-areas", (DutyAreaReleased,), batch=False),))
WANTED = {"test": [DEPARTED, AREAS]}
GONE = PersonDeparted.SUBJECT
RELEASED = DutyAreaReleased.SUBJECT


def earlier() -> StreamConfig:
    """Return the stream as the earlier release made it; it forgets ids at once, so that one may come twice."""
    return replace(
        stream_config(1),
        allow_msg_schedules=True,
        allow_msg_ttl=True,
        allow_rollup_hdrs=True,
        deny_delete=False,
        deny_purge=False,
        duplicate_window=0.1,
    )


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[str]:
    """A broker of its own."""
    async with nats_server(tmp_path, sync_interval="2m") as url:
        yield url


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    """Connect as one who may do everything."""
    connection = await nats.connect(url, allow_reconnect=False)
    try:
        yield connection
    finally:
        await connection.close()


async def lived_in(connection: Client, *, pause: float = 0.3) -> Content:
    """Make the stream of the earlier release with a history of every kind, and durables that have read a part of it.

    After a pause it holds an id twice, which is slow to copy; without one it does not.
    """
    manager, stream = connection.jsm(), connection.jetstream()
    await manager.add_stream(earlier())
    for durable in (DEPARTED, AREAS):
        await manager.add_consumer(STREAM, consumer_config(durable, 1))
    await StreamPublisher(connection).publish([event() for _ in range(5)])
    await StreamPublisher(connection).publish([event(DutyAreaReleased)])
    told = event(key="told twice")
    await StreamPublisher(connection).publish([told])
    await asyncio.sleep(pause)
    await StreamPublisher(connection).publish([told if pause else event(), event()])
    await stream.publish(GONE, b"no event at all", headers={"Nats-TTL": "never", "Traceparent": "00-1-2-00"})
    await stream.publish("yizhan.nobody.hears.it.v1", b"")
    await stream.publish(RELEASED, b"{}", headers={"Nats-Expected-Stream": STREAM})
    await manager.delete_msg(STREAM, 1)
    await manager.delete_msg(STREAM, 4)
    own = await stream.pull_subscribe_bind(DEPARTED.name, STREAM)
    for message in await own.fetch(3, timeout=2):
        if message.metadata.sequence.stream != 3:
            await message.ack_sync()
    return await content_of(manager, STREAM)


async def held(connection: Client) -> Content:
    return await content_of(connection.jsm(), STREAM)


async def test_everything_moves_with_its_place_and_every_durable_goes_on_behind_what_it_had_done(broker: str) -> None:
    async with connected(broker) as connection:
        before = await lived_in(connection)
        floors = await floors_of(connection)
        assert before.messages == 10
        assert await needed(connection.jsm())

        assert await migrate(connection, WANTED) == before

        assert await held(connection) == before
        assert await floors_of(connection) == floors
        info = await connection.jsm().stream_info(STREAM)
        assert not outdated(info.config)
        assert (info.config.subjects, info.config.mirror) == (["yizhan.>"], None)
        assert not await needed(connection.jsm())
        assert [each.config.name for each in await connection.jsm().streams_info()] == [STREAM]
        report = await provision(connection.jsm(), WANTED)
        assert (report.created, report.changed, report.removed) == ([], [], [])


async def floors_of(connection: Client) -> dict[str, int]:
    """Return for each durable the place before the first event that it will be given."""
    floors: dict[str, int] = {}
    before_first = (await connection.jsm().stream_info(STREAM)).state.first_seq - 1
    for info in await connection.jsm().consumers_info(STREAM):
        begun = (info.config.opt_start_seq or 1) - 1
        floors[info.name] = max(begun, before_first, info.ack_floor.stream_seq if info.ack_floor else 0)
    return floors


async def test_what_was_acknowledged_does_not_come_again_and_all_else_comes(broker: str) -> None:
    async with connected(broker) as connection:
        await lived_in(connection)
        await migrate(connection, WANTED)
        heard: list[tuple[int, int]] = []
        own = await connection.jetstream().pull_subscribe_bind(DEPARTED.name, STREAM)
        for message in await own.fetch(20, timeout=1):
            heard.append((message.metadata.sequence.stream, message.metadata.num_delivered))
            await message.ack_sync()
        # 2 was acknowledged; 3 was not, and 5 was behind it: it comes again, which every ear takes.
        assert heard == [(3, 1), (5, 1), (7, 1), (8, 1), (9, 1), (10, 1)]
        assert (await connection.jsm().consumer_info(STREAM, DEPARTED.name)).num_pending == 0


async def test_services_go_on_and_their_history_can_be_read_again(broker: str) -> None:
    world = RealWorld(broker)
    async with connected(broker) as connection:
        await connection.jsm().add_stream(earlier())
        for durable in WANTED["test"]:
            await connection.jsm().add_consumer(STREAM, consumer_config(durable, 1))
        publisher = StreamPublisher(connection)
        events = [event() for _ in range(450)]
        first = Tap(DEPARTED)
        async with hearing(world, first):
            await publisher.publish(events)
            await until(lambda: len(first.heard) == len(events))
        missed = [event() for _ in range(30)]
        await publisher.publish(missed)

        await migrate(connection, WANTED)

        second = Tap(DEPARTED)
        async with hearing(world, second):
            later = [event() for _ in range(10)]
            await publisher.publish(later)
            await until(lambda: len(second.heard) == len(missed) + len(later))
        read = [told.id async for batch in replay(connection) for told in batch]
    assert second.among(missed) == [raw for _, _, raw in missed]
    assert second.among(events) == []
    assert read == [event_id for event_id, _, _ in [*events, *missed, *later]]
    await world.close()


async def test_while_the_stream_moves_it_takes_nothing(broker: str) -> None:
    async with connected(broker) as connection:
        before = await lived_in(connection)

        refused: list[Exception] = []

        async def tell() -> None:
            try:
                await StreamPublisher(connection).publish([event()])
            except NotPublishedError as error:
                refused.append(error)

        tries: list[asyncio.Task[None]] = []

        def say(line: str) -> None:
            if line.startswith("Rebuilding"):
                tries.append(asyncio.create_task(tell()))

        await migrate(connection, WANTED, say=say)
        await asyncio.gather(*tries)
        assert len(refused) == 1
        assert await held(connection) == before


class EndedHereError(Exception):
    """The process ends here."""


def interrupt(patch: pytest.MonkeyPatch, call: int, *, after: bool) -> None:
    """Let the process end before or after its n-th request to the broker; singly read events do not count."""
    asked = 0
    request = Client.request

    async def counted(self: Client, subject: str, *arguments: Any, **named: Any) -> Any:
        nonlocal asked
        if ".MSG.GET." in subject:
            return await request(self, subject, *arguments, **named)
        asked += 1
        if asked == call and not after:
            raise EndedHereError
        answer = await request(self, subject, *arguments, **named)
        if asked == call:
            raise EndedHereError
        return answer

    patch.setattr(Client, "request", counted)


@pytest.mark.parametrize("after", [False, True], ids=["before the broker hears", "before we hear the answer"])
async def test_whatever_is_interrupted_the_next_start_goes_on_and_nothing_is_lost(broker: str, *, after: bool) -> None:
    interruptions = 0
    async with connected(broker) as connection:
        while True:
            before = await lived_in(connection, pause=0)
            floors = await floors_of(connection)
            with pytest.MonkeyPatch.context() as patch:
                interrupt(patch, interruptions + 1, after=after)
                try:
                    await migrate(connection, WANTED)
                except EndedHereError:
                    interruptions += 1
                else:
                    break
            assert await needed(connection.jsm()) or await held(connection) == before
            await migrate(connection, WANTED)
            assert await held(connection) == before
            assert await floors_of(connection) == floors
            assert not await needed(connection.jsm())
            await connection.jsm().delete_stream(STREAM)
    assert interruptions > 15


def renamed(subject: str, headers: Mapping[str, str], data: bytes) -> Message:
    """Call things otherwise."""
    return subject, {**headers, "Nats-Msg-Id": "new-" + headers.get("Nats-Msg-Id", "")}, data.replace(b"test", b"tried")


async def test_events_may_be_rewritten_on_their_way_once_for_ever(broker: str) -> None:
    async with connected(broker) as connection:
        before = await lived_in(connection)
        as_wished = await content_of(connection.jsm(), STREAM, renamed)
        assert await migrate(connection, WANTED, rewrite=renamed, rewriting="names") == as_wished != before
        assert await rewritings(connection.jsm()) == ["names"]
        await provision(connection.jsm(), WANTED, replicas=1)
        assert await migrate(connection, WANTED, rewrite=renamed, rewriting="names") is None
        assert await held(connection) == as_wished
        assert await migrate(connection, WANTED, rewrite=renamed, rewriting="names again") != as_wished
        assert await rewritings(connection.jsm()) == ["names", "names again"]


async def test_a_rewriting_that_was_interrupted_is_done_whole_or_not_at_all(broker: str) -> None:
    interruptions = 0
    endings: set[tuple[str, ...]] = set()
    async with connected(broker) as connection:
        while True:
            before = await lived_in(connection, pause=0)
            as_wished = await content_of(connection.jsm(), STREAM, renamed)
            with pytest.MonkeyPatch.context() as patch:
                interrupt(patch, interruptions + 1, after=True)
                with contextlib.suppress(EndedHereError):
                    await migrate(connection, WANTED, rewrite=renamed, rewriting="names")
                    break
                interruptions += 2
            await migrate(connection, WANTED)
            done = await rewritings(connection.jsm())
            endings.add(tuple(done))
            assert await held(connection) == (as_wished if done else before)
            await migrate(connection, WANTED, rewrite=renamed, rewriting="names")
            assert await held(connection) == as_wished
            await connection.jsm().delete_stream(STREAM)
    assert endings == {(), ("names",)}


async def test_a_rewriting_out_of_the_stream_is_refused(broker: str) -> None:
    async with connected(broker) as connection:
        before = await lived_in(connection)
        with pytest.raises(MigrationError, match="no subject of the stream"):
            await migrate(connection, WANTED, rewrite=lambda _, headers, data: ("x.y", headers, data), rewriting="bad")
        await migrate(connection, WANTED)
        assert await held(connection) == before


async def test_the_earlier_release_may_run_between_and_what_it_told_is_kept(broker: str) -> None:
    async with connected(broker) as connection:
        await lived_in(connection)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("deploy.nats.migrate._Moving._make_from_copy", ended)
            with pytest.raises(EndedHereError):
                await migrate(connection, WANTED)
        await connection.jsm().update_stream(earlier())
        await StreamPublisher(connection).publish([event()])
        now = await held(connection)
        assert now.messages == 11
        assert await migrate(connection, WANTED) == now == await held(connection)
        assert (await connection.jsm().streams_info())[0].config.name != COPY


async def ended(*_: object) -> None:
    """End here."""
    raise EndedHereError


async def test_a_stream_from_which_somebody_hears_is_left_alone_and_the_start_says_what_to_do(broker: str) -> None:
    async with connected(broker) as connection:
        before = await lived_in(connection)
        async with hearing(RealWorld(broker), Tap(AREAS)):
            with pytest.raises(MigrationError, match=r"test-areas.*: stop them, then start again"):
                await provision_at(broker)
            assert await held(connection) == before
            assert await needed(connection.jsm())
        lines: list[str] = []
        report = await provision_at(broker, say=lines.append)
        assert await held(connection) == before
        assert STREAM in report.kept
        assert lines[-1].startswith("The stream is rebuilt: 10 events")


@pytest.mark.parametrize("last", [0, 3])
async def test_an_empty_stream_is_made_anew(broker: str, last: int) -> None:
    async with connected(broker) as connection:
        await connection.jsm().add_stream(earlier())
        await connection.jsm().add_consumer(STREAM, consumer_config(DEPARTED, 1))
        await StreamPublisher(connection).publish([event() for _ in range(last)])
        own = await connection.jetstream().pull_subscribe_bind(DEPARTED.name, STREAM)
        for message in await own.fetch(last) if last else []:
            await message.ack_sync()
        await connection.jsm().purge_stream(STREAM)
        await migrate(connection, WANTED)
        told = event()
        await StreamPublisher(connection).publish([told])
        own = await connection.jetstream().pull_subscribe_bind(DEPARTED.name, STREAM)
        assert [message.data for message in await own.fetch(1, timeout=2)] == [told[2]]


async def test_what_a_stream_lost_at_its_end_makes_no_durable_deaf(broker: str) -> None:
    async with connected(broker) as connection:
        await connection.jsm().add_stream(earlier())
        await connection.jsm().add_consumer(STREAM, consumer_config(DEPARTED, 1))
        await StreamPublisher(connection).publish([event() for _ in range(6)])
        own = await connection.jetstream().pull_subscribe_bind(DEPARTED.name, STREAM)
        for message in await own.fetch(6):
            await message.ack_sync()
        for number in (4, 5, 6):
            await connection.jsm().delete_msg(STREAM, number)
        await migrate(connection, WANTED)
        told = event()
        await StreamPublisher(connection).publish([told])
        own = await connection.jetstream().pull_subscribe_bind(DEPARTED.name, STREAM)
        assert [message.data for message in await own.fetch(1, timeout=2)] == [told[2]]
