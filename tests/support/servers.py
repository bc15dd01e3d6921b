"""Real servers for tests, started once per session; `NATS_URL` and `MONGODB_URI` name given ones instead."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from deploy.local.servers import mongod, nats_server


@contextlib.contextmanager
def held(manager: AbstractAsyncContextManager[str]) -> Iterator[str]:
    """Enter an async context manager from synchronous code, on an event loop of its own."""
    loop = asyncio.new_event_loop()
    try:
        value = loop.run_until_complete(manager.__aenter__())
        try:
            yield value
        finally:
            loop.run_until_complete(manager.__aexit__(None, None, None))
    finally:
        loop.close()


@contextlib.asynccontextmanager
async def given(address: str) -> AsyncIterator[str]:
    """Stand for a server that somebody else runs."""
    yield address


def server_or_given(variable: str, start: Callable[[], AbstractAsyncContextManager[str]]) -> Iterator[str]:
    """Yield the address in the environment's `variable`, or that of a server started for the session."""
    address = os.environ.get(variable)
    with held(given(address) if address else start()) as value:
        yield value


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real broker with JetStream, empty at first."""
    directory: Path = tmp_path_factory.mktemp("nats")
    yield from server_or_given("NATS_URL", lambda: nats_server(directory, sync_interval="2m"))


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of a real MongoDB replica set of one, empty at first: take a database name of your own."""
    directory: Path = tmp_path_factory.mktemp("mongo")
    yield from server_or_given("MONGODB_URI", lambda: mongod(directory, cache_gb=0.25))
