"""One house for all tests of a module, on one event loop."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.house import House, open_house


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(nats_url: str, mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(nats_url, mongodb_uri, tmp_path_factory.mktemp("keys")) as opened:
        yield opened
