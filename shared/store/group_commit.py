"""Group commit: creations that arrive during a write share the next one, and so its journal sync."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

Row = dict[str, Any]
WriteMany = Callable[[Sequence[Row]], Awaitable[Sequence[BaseException | bool]]]
"""Writes rows; answers for each True (written), False (its id exists) or the error."""

MOST: Final = 500


class GroupCommit:
    """Collects rows and writes them together; each caller waits until its own row is durable.

    `lanes` writes may be under way at once: with one, a group is as long as a write takes.
    """

    def __init__(self, write: WriteMany, *, linger: float = 0.001, lanes: int = 1) -> None:
        """Write groups with `write`, waiting `linger` seconds for company before each group."""
        self._write = write
        self._linger = linger
        self._waiting: list[tuple[Row, asyncio.Future[bool]]] = []
        self._free = lanes
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, row: Row) -> bool:
        """Write the row with its group; True when written, False when its id exists; raises the store's error."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        if self._free > 0:
            self._free -= 1
            task = asyncio.create_task(self._drain())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await done

    async def _drain(self) -> None:
        try:
            await asyncio.sleep(self._linger)
            while self._waiting:
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._write_group(group)
        finally:
            self._free += 1

    async def _write_group(self, group: list[tuple[Row, asyncio.Future[bool]]]) -> None:
        try:
            answers = await self._write([row for row, _ in group])
        except Exception as error:  # noqa: BLE001 - the error belongs to every caller of the group
            answers = [error] * len(group)
        for (_, done), answer in zip(group, answers, strict=True):
            if done.done():
                continue
            if isinstance(answer, BaseException):
                done.set_exception(answer)
            else:
                done.set_result(answer)
