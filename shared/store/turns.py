"""Turns: within one process, commands on one aggregate wait for each other instead of colliding at its version.

The version guard alone keeps the promises, between processes too; turns only spare the retries when hundreds of people
ask for one aggregate in the same second.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from weakref import WeakValueDictionary


class Turns:
    """One queue for each id that somebody is working on."""

    def __init__(self) -> None:
        """Begin with no queues; one that nobody waits in vanishes by itself."""
        self._queues: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def of(self, document_id: str) -> AsyncGenerator[None]:
        """Wait for one's turn at this id, and hold it for the length of the block."""
        queue = self._queues.get(document_id)
        if queue is None:
            queue = self._queues[document_id] = asyncio.Lock()
        async with queue:
            yield
