"""The sums of this process: fed by changed rows of the shown generation, its own and other processes'."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from services.reporting.figures.domain.rollup import Rollup
from services.reporting.rows.domain import Row
from services.reporting.rows.store import Rows

OVERLAP: Final = timedelta(seconds=10)
"""How far before the last reading of others' changes the next begins: for writes that were under way then."""

SETTLE_SECONDS: Final = 0.3
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


class LiveRollup:
    """The running sums over the generation that is shown; `changed` tells that something was taken in since."""

    def __init__(self, rows: Rows, current: Callable[[], Awaitable[int]]) -> None:
        """Sum up rows of the generation that `current` names."""
        self._rows = rows
        self._current = current
        self._feeding: list[tuple[int, Rollup]] = []
        self._followed_at = _LONG_AGO
        self.changed = True
        self.generation = 0
        self.rollup = Rollup()

    def take(self, generation: int, changed: Sequence[Row]) -> None:
        """Take in rows of a generation as they now are; older states of rows and other generations change nothing."""
        for fed, rollup in [(self.generation, self.rollup), *self._feeding]:
            if fed == generation:
                news = [rollup.apply(row) for row in changed]
                self.changed |= any(news)

    async def load(self) -> None:
        """Read the shown generation from the store, and show it once it is whole."""
        followed_at = await self._rows.store_time()
        generation = await self._current()
        fresh = Rollup()
        async with self._fed(generation, fresh):
            await self._fill(fresh, generation)
        self.rollup, self.generation, self.changed = fresh, generation, True
        self._followed_at = followed_at or _LONG_AGO

    async def follow(self) -> None:
        """Take in what other processes changed, and a new generation when there is one.

        Only the store's clock counts: this process's own may be a minute ahead, and would look too late.
        """
        generation = await self._current()
        if generation != self.generation:
            await self.load()
        now = await self._rows.store_time()
        self.take(generation, await self._rows.changed_by_others(generation, self._followed_at - OVERLAP))
        self._followed_at = now or self._followed_at

    async def recount(self) -> tuple[int, Rollup]:
        """Sum up the shown generation anew from the rows, and name it; facts go on coming meanwhile."""
        fresh = Rollup()
        generation = self.generation
        async with self._fed(generation, fresh):
            await self._fill(fresh, generation)
            await asyncio.sleep(SETTLE_SECONDS)
            await self.follow()
        return generation, fresh

    @asynccontextmanager
    async def _fed(self, generation: int, rollup: Rollup) -> AsyncGenerator[None]:
        """Feed the rollup with every change as well, so that it misses nothing while it is being filled."""
        feeding = (generation, rollup)
        self._feeding.append(feeding)
        try:
            yield
        finally:
            self._feeding = [one for one in self._feeding if one is not feeding]

    async def _fill(self, fresh: Rollup, generation: int) -> None:
        async for page in self._rows.every(generation):
            for row in page:
                fresh.apply(row)
            await asyncio.sleep(0)
