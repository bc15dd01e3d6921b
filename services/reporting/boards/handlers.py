"""The live board: fed by changed rows, drawn at most four times a second, sent whole to every screen."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import orjson

from services.reporting.boards.domain import Board
from services.reporting.boards.queries import board_of
from services.reporting.rollup.domain import Rollup
from services.reporting.rows.domain import Row
from shared.clock import Clock

IDLE: Final = timedelta(seconds=10)
"""A board that nothing changes is drawn anew after this time, for its clock, its spans and what fell overdue."""

OVERLAP: Final = timedelta(seconds=10)
"""How far before the last reading of others' changes the next begins: for writes that were under way then."""

SETTLE_SECONDS: Final = 0.3
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


class RowStore(Protocol):
    """Where rows are read."""

    def every(self, generation: int) -> AsyncIterator[Sequence[Row]]:
        """Read a whole generation, page by page."""
        ...

    async def changed_by_others(self, generation: int, since: datetime) -> list[Row]:
        """Return the rows that other processes changed since the moment, by the store's clock."""
        ...

    async def store_time(self) -> datetime | None:
        """Return the time by the store's clock; None while there are no rows."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """One drawn board: its number (strictly rising), and its bytes as JSON."""

    seq: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Recount:
    """A recount from the rows beside the rollup: the parts of the board that differ (none, when all is well)."""

    as_of: datetime
    generation: int
    requests: int
    events: int
    differences: tuple[str, ...]


class LiveBoard:
    """The community board of this process."""

    def __init__(
        self,
        rows: RowStore,
        current: Callable[[], Awaitable[int]],
        clock: Clock,
        confidential: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Show rows of the generation that `current` names, and the one number that `confidential` tells."""
        self._rows = rows
        self._current = current
        self._clock = clock
        self.confidential = confidential
        self._feeding: list[tuple[int, Rollup]] = []
        self._followed_at = _LONG_AGO
        self._changed = asyncio.Event()
        self._dirty = True
        self._drawn_at = clock.now()
        self._frame = Frame(0, b"{}")
        self._told = 0
        self.generation = 0
        self.rollup = Rollup()

    def take(self, generation: int, changed: Sequence[Row]) -> None:
        """Take in rows of a generation as they now are; older states of rows and other generations change nothing."""
        for fed, rollup in [(self.generation, self.rollup), *self._feeding]:
            if fed == generation:
                news = [rollup.apply(row) for row in changed]
                self._dirty |= any(news)

    async def load(self) -> None:
        """Read the shown generation from the store, and show it once it is whole."""
        followed_at = await self._rows.store_time()
        generation = await self._current()
        fresh = Rollup()
        async with self._fed(generation, fresh):
            await self._fill(fresh, generation)
        self.rollup, self.generation, self._dirty = fresh, generation, True
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

    async def recount(self) -> Recount:
        """Count everything anew from the rows and compare; both go on learning meanwhile, and the ears may finish."""
        fresh = Rollup()
        generation = self.generation
        async with self._fed(generation, fresh):
            await self._fill(fresh, generation)
            await asyncio.sleep(SETTLE_SECONDS)
            await self.follow()
            now = self._clock.now()
            kept, counted = board_of(self.rollup, now, 0, 0), board_of(fresh, now, 0, 0)
        names = [name for name in Board.__slots__ if getattr(kept, name) != getattr(counted, name)]
        return Recount(now, generation, counted.totals.filed, counted.events, tuple(names))

    def board(self) -> Board:
        """Return the board as it is now."""
        now = self._clock.now()
        seq = max(self._frame.seq + 1, int(now.timestamp() * 1000))
        return board_of(self.rollup, now, seq, self.generation, confidential=self.confidential())

    def frame(self) -> Frame:
        """Return the board as it was last drawn, drawn anew when rows have changed since."""
        if self._dirty or self._frame.seq == 0:
            self._draw()
        return self._frame

    async def tick(self) -> None:
        """Draw the board when rows changed or it grew old, and tell every screen; called four times a second."""
        if self._dirty or self._clock.now() - self._drawn_at >= IDLE:
            self._draw()
        if self._frame.seq != self._told:
            self._told = self._frame.seq
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    async def watch(self, last_seen: str | None) -> AsyncIterator[Frame]:
        """Yield the board at once, unless it is the one seen last, and then the newest whenever it was drawn anew.

        The waiting begins before the board is read, so that no change falls between.
        """
        seen = last_seen
        while True:
            changed = self._changed
            frame = self._frame if self._frame.seq else self.frame()
            if str(frame.seq) != seen:
                seen = str(frame.seq)
                yield frame
            await changed.wait()

    def _draw(self) -> None:
        board = self.board()
        self._dirty = False
        self._drawn_at = board.as_of
        self._frame = Frame(board.seq, to_json(board))

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


def to_json(board: Board) -> bytes:
    """Return the board's JSON; times in RFC 3339 with Z."""
    return orjson.dumps(board, option=orjson.OPT_UTC_Z)
