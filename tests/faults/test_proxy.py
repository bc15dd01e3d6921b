"""The proxy carries bytes as they are, and its link can be cut, go silent and become slow."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.ports import HOST
from tests.faults.proxy import WHOLE, Link, Proxy

pytestmark = pytest.mark.faults


@pytest_asyncio.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy before a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0)
    made = await Proxy(server.sockets[0].getsockname()[1]).start()
    yield made
    made.speak()
    await made.stop()
    server.close()


async def said_back(proxy: Proxy, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(data)
    writer.write_eof()
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("link", [WHOLE, Link(delay=0.02, jitter=0.02, segment=700)], ids=["whole", "slow"])
async def test_bytes_arrive_whole_and_in_order(proxy: Proxy, link: Link) -> None:
    proxy.link = link
    data = bytes(range(256)) * 2_000
    assert await said_back(proxy, data) == data
    assert proxy.accepted == 1


async def test_a_slow_link_is_late_in_both_directions(proxy: Proxy) -> None:
    proxy.link = Link(delay=0.2)
    began = asyncio.get_running_loop().time()
    assert await said_back(proxy, b"late") == b"late"
    assert asyncio.get_running_loop().time() - began >= 0.4


async def test_a_cut_resets_what_stands_refuses_what_is_new_and_can_be_undone(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(b"before")
    assert await reader.readexactly(6) == b"before"
    await proxy.stop()
    with pytest.raises(ConnectionResetError):
        await reader.read()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(HOST, proxy.port)
    await proxy.start()
    assert await said_back(proxy, b"after") == b"after"


async def test_a_silent_link_holds_everything_back_until_it_speaks(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    proxy.silence()
    writer.write(b"held")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.3)
    proxy.speak()
    async with asyncio.timeout(20):
        assert await reader.readexactly(4) == b"held"
    writer.close()
