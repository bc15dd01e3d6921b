"""The wire between a process and what it asks: answers come late, not at all, or get lost after the deed.

Everything that goes wrong is drawn here from the seed, so that a seed is a whole story.
"""

import asyncio
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from random import Random
from typing import Final, TypeVar

from tests.simulation.machine import Process, current_process

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chances:
    """How often things go wrong, each from 0 to 1, for each call of the wire."""

    slow: float = 0.02
    """The answer takes seconds, not milliseconds."""
    fails_before: float = 0.004
    """Refused or timed out; nothing was done."""
    answer_lost: float = 0.004
    """Done, but the caller is told that it timed out."""
    dies_before: float = 0.0005
    """The calling process is killed before the deed."""
    dies_after: float = 0.001
    """The calling process is killed after the deed, before it hears the answer."""
    stalls: float = 0.0
    """The answer takes minutes: a network, or a process, that stood still and goes on."""


PEACE: Final = Chances(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass
class Wire:
    """Carries calls. `away` holds the parts that answer nobody now.

    `on_death` is told of each killed process, `noted` of each fault: its kind and the part that was called.
    """

    random: Random
    chances: Chances = field(default_factory=Chances)
    away: set[str] = field(default_factory=set[str])
    on_death: Callable[[Process], None] = lambda process: process.die()
    noted: Callable[[str, str], None] = lambda _kind, _part: None
    calls: int = 0

    async def call(self, part: str, deed: Callable[[], T], lost: Callable[[str], Exception]) -> T:
        """Have `part` do the deed, atomically and once; raises `lost(words)` when the caller can't know that it did.

        `part` is `store:<service>`, `bus` or `outside`. The deed itself may raise: that is the part's answer.
        """
        self.calls += 1
        chances = self.chances
        await asyncio.sleep(self._seconds(chances, part))
        self._perhaps_die(chances.dies_before, "dies_before", part)
        await self._settle()
        if part in self.away:
            self.noted("away", part)
            await asyncio.sleep(self.random.uniform(0.01, 5.0))
            raise lost(part + " is away")
        if self._happens(chances.fails_before):
            self.noted("fails_before", part)
            raise lost(part + " did not answer")
        answer, fault = _attempt(deed)
        self._perhaps_die(chances.dies_after, "dies_after", part)
        await asyncio.sleep(self._seconds(chances, part))
        if part in self.away or self._happens(chances.answer_lost):
            self.noted("answer_lost", part)
            raise lost("the answer was lost: " + part)
        if fault is not None:
            raise fault
        return answer  # type: ignore[return-value]

    async def post(self, part: str, deed: Callable[[], None], lost: float) -> None:
        """Send word to `part` and wait for no answer, as acks are sent: it arrives later or never, and nobody is told.

        `lost` is its chance to get lost, from 0 to 1. The sender may die right before or right after it is sent.
        """
        self.calls += 1
        self._perhaps_die(self.chances.dies_before, "dies_before", part)
        await self._settle()
        if self._happens(lost):
            self.noted("word_lost", part)
        else:
            loop, seconds = asyncio.get_running_loop(), self._seconds(self.chances, part)
            loop.call_later(seconds, lambda: part in self.away or deed(), context=Context())
        self._perhaps_die(self.chances.dies_after, "dies_after", part)
        await self._settle()

    def _seconds(self, chances: Chances, part: str) -> float:
        if self._happens(chances.stalls):
            self.noted("stalls", part)
            return self.random.uniform(20.0, 900.0)
        long = self._happens(chances.slow)
        if long:
            self.noted("slow", part)
        return self.random.uniform(0.5, 8.0) if long else self.random.uniform(0.0003, 0.004)

    async def _settle(self) -> None:
        """Give a killed process no chance to go on: it is never stepped again after this."""
        process = current_process()
        if process is not None and not process.alive:
            await asyncio.get_running_loop().create_future()

    def _perhaps_die(self, chance: float, kind: str, part: str) -> None:
        if self._happens(chance):
            process = current_process()
            if process is not None and process.alive:
                self.noted(kind, part)
                self.on_death(process)

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self.random.random() < chance


def _attempt(deed: Callable[[], T]) -> tuple[T | None, Exception | None]:
    try:
        return deed(), None
    except Exception as error:  # noqa: BLE001 - the part's own answer, which may get lost on the way
        return None, error
