"""A broker whose record everybody shared, started by this release: the record gets an account, and is rebuilt."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import nats
import pytest
from pymongo import AsyncMongoClient

from deploy.local.errors import LocalError
from deploy.local.ports import free_port
from deploy.local.servers import mongod, nats_server, start_nats
from deploy.local.settings import StackSettings, temporary_settings
from deploy.local.stack import running
from deploy.mongo.provision import database_of
from deploy.nats.content import content_of
from deploy.nats.declared import consumer_config, stream_config
from deploy.nats.permissions import authorization, quoted
from deploy.nats.provision import provision_at
from deploy.nats.topology import API, BOOTSTRAP, SERVICES, durables, inbox_prefix
from shared.bus.publisher import StreamPublisher, jetstream
from shared.bus.stream import STREAM
from tests.support.buses import event
from tests.support.streams import stream_of

PASSWORDS = {user: f"secret-of-{user}" for user in (*SERVICES, BOOTSTRAP)}


async def test_the_record_of_an_earlier_release_is_taken_over_whole(tmp_path: Path) -> None:
    wanted = durables()
    told = [event() for _ in range(20)]
    async with nats_server(tmp_path, sync_interval="2m") as url:
        earlier = await nats.connect(url)
        async with earlier:
            await earlier.jsm().add_stream(replace(stream_config(1), allow_rollup_hdrs=True, deny_purge=False))
            for own in wanted.values():
                for durable in own:
                    await earlier.jsm().add_consumer(STREAM, consumer_config(durable, 1))
            await StreamPublisher(earlier).publish(told)
            before = await content_of(earlier.jsm(), STREAM)
            heard = await earlier.jetstream().pull_subscribe_bind("reporting-rows", STREAM)
            for message in await heard.fetch(12, timeout=5):
                await message.ack_sync()

    lines: list[str] = []
    async with nats_server(tmp_path, sync_interval="2m", permissions=authorization(wanted, quoted(PASSWORDS))) as url:
        await provision_at(url, user=BOOTSTRAP, password=PASSWORDS[BOOTSTRAP], say=lines.append)
        bootstrap = await nats.connect(
            url, user=BOOTSTRAP, password=PASSWORDS[BOOTSTRAP], inbox_prefix=inbox_prefix(BOOTSTRAP).encode()
        )
        reporting = await nats.connect(
            url, user="reporting", password=PASSWORDS["reporting"], inbox_prefix=inbox_prefix("reporting").encode()
        )
        async with bootstrap, reporting:
            assert await content_of(bootstrap.jsm(), STREAM) == before
            own = await jetstream(reporting, API).pull_subscribe_bind("reporting-rows", STREAM)
            rest = await own.fetch(20, timeout=2)
    assert [message.data for message in rest] == [raw for _, _, raw in told[12:]]
    assert lines[-1].startswith("The stream is rebuilt: 20 events")


async def test_where_two_releases_kept_a_record_the_start_says_so_and_touches_neither(tmp_path: Path) -> None:
    store = tmp_path / "jetstream" / "jetstream"
    for account in ("$G", "record"):
        (store / account / "streams" / STREAM).mkdir(parents=True)
    with pytest.raises(LocalError, match="Two releases kept a record"):
        await start_nats(tmp_path, free_port(), permissions=authorization(durables(), quoted(PASSWORDS)))
    assert sorted(path.name for path in store.iterdir()) == ["$G", "record"]


async def test_a_stack_starts_on_what_an_earlier_release_left_and_says_what_it_did(tmp_path: Path) -> None:
    settings = temporary_settings(tmp_path / "var")
    told = [event() for _ in range(20)]
    async with nats_server(settings.directory / "nats", sync_interval="2m") as url, mongod_of(settings) as uri:
        earlier = await nats.connect(url)
        async with earlier, AsyncMongoClient[dict[str, object]](uri) as mongo:
            await earlier.jsm().add_stream(replace(stream_config(1), allow_rollup_hdrs=True, deny_purge=False))
            await StreamPublisher(earlier).publish(told)
            await mongo[database_of("requests")]["kept"].insert_many([{"_id": n} for n in range(5)])
    lines: list[str] = []
    async with running(settings, say=lines.append) as stack:
        assert [line for line in lines if line.startswith("The stream is rebuilt: 20 events")]
        async with stream_of(stack) as stream, AsyncMongoClient[dict[str, object]](stack.urls["mongo"]) as mongo:
            assert (await stream.stream_info(STREAM)).state.messages >= len(told)
            assert [(await stream.get_msg(STREAM, n)).data for n in range(1, 21)] == [raw for _, _, raw in told]
            assert await mongo[database_of("requests")]["kept"].count_documents({}) == 5
            for _ in range(600):
                heard = (await stream.consumer_info(STREAM, "reporting-rows")).ack_floor.stream_seq
                if heard >= len(told):
                    break
                await asyncio.sleep(0.1)
            assert heard >= len(told)
    again: list[str] = []
    async with running(settings, say=again.append):
        assert not [line for line in again if "rebuilt" in line]


def mongod_of(settings: StackSettings) -> AbstractAsyncContextManager[str]:
    """MongoDB as an earlier release ran it in this stack's directory: nobody needed a password."""
    return mongod(settings.directory / "mongo", settings.ports["mongo"], cache_gb=0.25)
