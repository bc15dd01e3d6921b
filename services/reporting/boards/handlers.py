"""The live board: drawn at most four times a second from the live sums, sent whole to every screen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson

from services.reporting.boards.domain import Board
from services.reporting.boards.queries import board_of
from services.reporting.figures.handlers.live import LiveRollup
from shared.clock import Clock

IDLE: Final = timedelta(seconds=10)
"""A board that nothing changes is drawn anew after this time, for its clock, its spans and what fell overdue."""


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

    def __init__(self, live: LiveRollup, clock: Clock, confidential: Callable[[], int | None] = lambda: None) -> None:
        """Show these sums, and the one number that `confidential` tells."""
        self._live = live
        self._clock = clock
        self._confidential = confidential
        self._changed = asyncio.Event()
        self._drawn_at = clock.now()
        self._frame = Frame(0, b"{}")
        self._told = 0

    async def recount(self) -> Recount:
        """Count everything anew from the rows and compare; facts go on coming meanwhile."""
        generation, fresh = await self._live.recount()
        now = self._clock.now()
        kept, counted = board_of(self._live.rollup, now, 0, 0), board_of(fresh, now, 0, 0)
        names = [name for name in Board.__slots__ if getattr(kept, name) != getattr(counted, name)]
        return Recount(now, generation, counted.totals.filed, counted.events, tuple(names))

    def board(self) -> Board:
        """Return the board as it is now."""
        now = self._clock.now()
        seq = max(self._frame.seq + 1, int(now.timestamp() * 1000))
        return board_of(self._live.rollup, now, seq, self._live.generation, confidential=self._confidential())

    def frame(self) -> Frame:
        """Return the board as it was last drawn, drawn anew when rows have changed since."""
        if self._live.changed or self._frame.seq == 0:
            self._draw()
        return self._frame

    async def tick(self) -> None:
        """Draw the board when rows changed or it grew old, and tell every screen; called four times a second."""
        if self._live.changed or self._clock.now() - self._drawn_at >= IDLE:
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
        self._live.changed = False
        self._drawn_at = board.as_of
        self._frame = Frame(board.seq, to_json(board))


def to_json(board: Board) -> bytes:
    """Return the board's JSON; times in RFC 3339 with Z."""
    return orjson.dumps(board, option=orjson.OPT_UTC_Z)
