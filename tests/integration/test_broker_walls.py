"""The broker holds what the consumers ask for, and lets each service do only its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamManager

from deploy.local.servers import nats_server
from deploy.nats.permissions import authorization, quoted
from deploy.nats.provision import provision
from deploy.nats.topology import BOOTSTRAP, SERVICES, durables, inbox_prefix
from shared.bus.consumers import Durable, Heard
from shared.bus.stream import ACK_WAIT_SECONDS, STREAM
from shared.contracts.catalog import BY_TYPE

FILED = BY_TYPE["requests.request.filed.v1"]
CLOSED = BY_TYPE["requests.request.closed.v1"]
PASSWORDS = {user: f"secret-of-{user}" for user in (*SERVICES, BOOTSTRAP)}
WANTED = {
    "members": [Durable("members-matching", (Heard("members-matching", (FILED,), batch=False),))],
    "reporting": [Durable("reporting-rows", (Heard("reporting-rows", (FILED, CLOSED), batch=True),))],
}


@pytest.fixture
async def walled(tmp_path: Path) -> AsyncIterator[str]:
    """A broker with one user per service, provisioned with two durables."""
    async with nats_server(tmp_path, sync_interval="2m", permissions=authorization(WANTED, quoted(PASSWORDS))) as url:
        async with await sign_in(url, BOOTSTRAP) as connection:
            await provision(connection.jsm(), WANTED)
        yield url


async def sign_in(url: str, user: str) -> Client:
    """Connect as a user, with its own inbox."""

    async def ignore(_error: Exception) -> None:
        """A permission violation arrives here; what is asserted is its effect."""

    return await nats.connect(
        url,
        allow_reconnect=False,
        user=user,
        password=PASSWORDS[user],
        inbox_prefix=inbox_prefix(user).encode(),
        error_cb=ignore,
    )


async def stored(manager: JetStreamManager) -> int:
    return (await manager.stream_info(STREAM)).state.messages


async def test_the_stream_is_durable_unlimited_and_takes_atomic_batches_and_nothing_that_writes_elsewhere_or_wipes(
    walled: str,
) -> None:
    async with await sign_in(walled, BOOTSTRAP) as connection:
        config = (await connection.jsm().stream_info(STREAM)).config
    assert (config.subjects, config.storage, config.duplicate_window) == (["yizhan.>"], "file", 600)
    assert (config.max_msgs, config.max_bytes, config.max_age) == (-1, -1, 0)
    assert (config.allow_atomic, config.deny_delete, config.deny_purge) == (True, True, True)
    assert not any((config.allow_msg_schedules, config.allow_msg_ttl, config.allow_rollup_hdrs))


async def test_a_durable_acknowledges_explicitly_and_never_gives_up(walled: str) -> None:
    async with await sign_in(walled, BOOTSTRAP) as connection:
        config = (await connection.jsm().consumer_info(STREAM, "reporting-rows")).config
    assert (config.ack_policy, config.max_deliver, config.ack_wait) == ("explicit", -1, ACK_WAIT_SECONDS)
    assert config.deliver_policy == "all"
    assert config.filter_subjects == sorted([FILED.SUBJECT, CLOSED.SUBJECT])


async def test_provisioning_again_changes_only_what_differs(nats_url: str) -> None:
    connection = await nats.connect(nats_url)
    async with connection:
        manager = connection.jsm()
        await provision(manager, WANTED)
        again = await provision(manager, WANTED)
        assert (again.created, again.changed, again.removed) == ([], [], [])
        fewer = {"reporting": [Durable("reporting-rows", (Heard("reporting-rows", (FILED,), batch=True),))]}
        report = await provision(manager, fewer)
        assert (report.changed, report.removed) == (["reporting-rows"], ["members-matching"])
        assert (await provision(manager, fewer)).kept == [STREAM, "reporting-rows"]
        await manager.delete_stream(STREAM)


async def test_the_ears_of_this_release_can_be_provisioned(nats_url: str) -> None:
    connection = await nats.connect(nats_url)
    async with connection:
        wanted = durables()
        report = await provision(connection.jsm(), wanted)
        assert set(report.created) == {STREAM} | {d.name for of_service in wanted.values() for d in of_service}
        assert all(d.name.startswith(f"{service}-") for service, own in wanted.items() for d in own)
        await connection.jsm().delete_stream(STREAM)


async def test_nobody_enters_without_a_password(walled: str) -> None:
    with pytest.raises(NatsError):
        await nats.connect(walled, allow_reconnect=False, connect_timeout=2)


async def test_a_service_cannot_publish_facts_of_another(walled: str) -> None:
    async with await sign_in(walled, "members") as connection, await sign_in(walled, BOOTSTRAP) as bootstrap:
        await connection.jetstream().publish("yizhan.members.person.registered.v1", b"{}", stream=STREAM, timeout=2)
        with pytest.raises(NatsError):
            await connection.jetstream().publish(FILED.SUBJECT, b"{}", stream=STREAM, timeout=0.5)
        assert await stored(bootstrap.jsm()) == 1


async def test_a_service_reads_only_its_own_durable(walled: str) -> None:
    async with await sign_in(walled, "members") as connection:
        stream = connection.jetstream()
        own = await stream.pull_subscribe_bind("members-matching", STREAM)
        with pytest.raises(NatsError):
            await own.fetch(1, timeout=0.5)
        with pytest.raises(NatsError):
            await connection.jsm().consumer_info(STREAM, "reporting-rows", timeout=0.5)


async def test_a_service_cannot_change_the_stream(walled: str) -> None:
    async with await sign_in(walled, "members") as connection:
        with pytest.raises(NatsError):
            await connection.jsm(timeout=0.5).delete_stream(STREAM)
    async with await sign_in(walled, BOOTSTRAP) as bootstrap:
        assert await stored(bootstrap.jsm()) == 0
