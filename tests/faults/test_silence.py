"""A broker that falls silent without closing its connection is left for another one."""

import asyncio

import pytest

from shared.bus.broker import Bus
from shared.bus.stream import STREAM
from shared.ids import new_id
from tests.faults.proxy import Proxy
from tests.support.stage import declare

pytestmark = [pytest.mark.faults, pytest.mark.integration]


class Nobody:
    """Ears without ears."""


async def test_a_silent_broker_is_left_for_another(nats_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.bus.broker._PING_SECONDS", 0.2)
    await declare(nats_url, Nobody)
    port = int(nats_url.rsplit(":", 1)[1].strip("/"))
    ways = [await Proxy(port).start() for _ in range(2)]
    bus = Bus(",".join(f"nats://127.0.0.1:{way.port}" for way in ways), "test")
    publisher = await bus.connect()
    try:
        used, other = sorted(ways, key=lambda way: -way.accepted)
        assert (used.accepted, other.accepted) == (1, 0)
        used.silence()
        async with asyncio.timeout(30):
            while not (other.accepted and bus.connected):  # noqa: ASYNC110 - the connection is watched
                await asyncio.sleep(0.05)
        await publisher.publish([(new_id(), "yizhan.test.silence.broken.v1", b"{}")])
        assert (await bus.client.jetstream().stream_info(STREAM)).state.messages > 0
    finally:
        await bus.close()
        for way in ways:
            way.speak()
            await way.stop()
