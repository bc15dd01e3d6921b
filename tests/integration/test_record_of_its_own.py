"""A broker whose record everybody shared, started by this release: the record gets an account, and is rebuilt."""

from dataclasses import replace
from pathlib import Path

import nats
import pytest

from deploy.local.errors import LocalError
from deploy.local.ports import free_port
from deploy.local.servers import nats_server, start_nats
from deploy.nats.content import content_of
from deploy.nats.declared import consumer_config, stream_config
from deploy.nats.permissions import authorization, quoted
from deploy.nats.provision import provision_at
from deploy.nats.topology import API, BOOTSTRAP, SERVICES, durables, inbox_prefix
from shared.bus.publisher import StreamPublisher, jetstream
from shared.bus.stream import STREAM
from tests.support.buses import event

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
