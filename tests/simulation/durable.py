"""One durable of the simulated stream: what is new, what waits for its ack, and who may have it next."""

import asyncio
import contextvars
import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from shared.bus.broker import BATCH_MOST, BATCH_SECONDS, Lag
from shared.bus.stream import MAX_ACK_PENDING
from tests.simulation.delivery import PART, BusChances, Listener, Message, Stored
from tests.simulation.machine import current_process
from tests.simulation.wire import Wire

LATE_MOST_SECONDS: Final = 6 * 3600.0
_SOON_SECONDS: Final = 5.0


@dataclass(slots=True)
class _Pending:
    """Delivered and not acked; comes again at `due`."""

    stored: Stored
    count: int
    due: float


class SimulatedDurable:
    """The delivery state of one durable. It belongs to the stream, so it survives every process."""

    def __init__(
        self,
        name: str,
        subjects: frozenset[str],
        ack_wait: float,
        *,
        loop: asyncio.AbstractEventLoop,
        wire: Wire,
        chances: BusChances,
        when_back: Callable[[Callable[[], None]], None],
    ) -> None:
        self.name = name
        self.subjects = subjects
        self.wire = wire
        self.chances = chances
        self.deliveries = 0
        self._ack_wait = ack_wait
        self._loop = loop
        self._when_back = when_back
        self._new: deque[Stored] = deque()
        self._again: dict[int, None] = {}
        self._pending: dict[int, _Pending] = {}
        self._waiting: list[Listener] = []
        self._due: list[tuple[float, int, int, Stored | None]] = []
        self._ticket = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None
        self._stirred = False
        self._turn = 0

    @property
    def random(self) -> Random:
        """Return the source of every draw."""
        return self.wire.random

    @property
    def unsettled(self) -> int:
        """Return how many events are not acked."""
        return len(self._new) + len(self._pending)

    @property
    def lag(self) -> Lag:
        """Return what the broker tells of it: never given out, and given out but not settled."""
        return Lag(len(self._new), len(self._pending))

    def offer(self, stored: Stored) -> None:
        """Take a new event of the stream."""
        self._new.append(stored)
        self._stir()

    async def fetch(self, listener: Listener) -> list[Message]:
        """Wait for the next batch for this listener: no polling, so that an idle week costs nothing."""
        listener.wanted = self._loop.create_future()
        self._waiting.append(listener)
        self._stir()
        return await listener.wanted

    def listener(self, is_closed: Callable[[], bool]) -> Listener:
        """Return a listener that lives as long as the running process and its connection."""
        return Listener(current_process(), is_closed)

    def acked(self, sequence: int) -> None:
        """Forget the event: it is handled. Any delivery of it may say so."""
        self._pending.pop(sequence, None)
        self._again.pop(sequence, None)
        self._stir()

    def naked(self, sequence: int, delay: float) -> None:
        """Bring the event again after `delay` seconds, unless it was acked."""
        pending = self._pending.get(sequence)
        if pending is not None:
            self._set_due(pending, delay)

    def _stir(self) -> None:
        """See to it that a batch goes out, when there is something to deliver and somebody to take it."""
        if self._stirred or not self._waiting:
            return
        if self._again or (self._new and len(self._pending) < MAX_ACK_PENDING):
            self._stirred = True
            self._after(self.random.uniform(0.001, BATCH_SECONDS), self._pump)

    def _pump(self) -> None:
        self._stirred = False
        self._waiting = [listener for listener in self._waiting if listener.waits()]
        if not self._waiting:
            return
        if PART in self.wire.away:
            self._stirred = True
            self._when_back(self._back)
            return
        takers = self._waiting
        batches = self._shared_out(takers)
        self._waiting = [taker for taker, batch in zip(takers, batches, strict=True) if not batch]
        for taker, batch in zip(takers, batches, strict=True):
            if batch and taker.wanted is not None:
                self.deliveries += len(batch)
                taker.wanted.set_result(batch)
        self._stir()

    def _back(self) -> None:
        self._stirred = False
        self._stir()

    def _shared_out(self, takers: list[Listener]) -> list[list[Message]]:
        """Deal what is ready to those who wait, one event to each in turn, as the broker does."""
        most = BATCH_MOST * len(takers)
        if self._goes_wrong("cut", self.chances.cut):
            most = self.random.randint(1, max(1, min(most, len(self._again) + len(self._new))))
        drawn = self._drawn(most)
        if len(drawn) > 1 and self._goes_wrong("shuffled", self.chances.shuffled):
            self.random.shuffle(drawn)
        batches: list[list[Message]] = [[] for _ in takers]
        for place, (stored, count) in enumerate(drawn, start=self._turn):
            which = place % len(takers)
            batches[which].append(Message(stored, count, self, takers[which]))
        self._turn += len(drawn)
        return batches

    def _drawn(self, most: int) -> list[tuple[Stored, int]]:
        """Take up to `most` deliveries: what comes again first, then what is new."""
        drawn: list[tuple[Stored, int]] = []
        while self._again and len(drawn) < most:
            sequence = next(iter(self._again))
            del self._again[sequence]
            drawn.append(self._delivered(self._pending[sequence]))
        while self._new and len(drawn) < most and len(self._pending) < MAX_ACK_PENDING:
            stored = self._new.popleft()
            pending = self._pending[stored.sequence] = _Pending(stored, 0, 0.0)
            if self._goes_wrong("late", self.chances.late):
                pending.count = 1
                self._set_due(pending, self._long_time())
            else:
                drawn.append(self._delivered(pending))
        return drawn

    def _delivered(self, pending: _Pending) -> tuple[Stored, int]:
        pending.count += 1
        self._set_due(pending, self._ack_wait)
        if self._goes_wrong("twice", self.chances.twice):
            soon = self._happens(0.5)
            delay = self.random.uniform(0.0, _SOON_SECONDS) if soon else self._long_time()
            self._note(self._loop.time() + delay, pending.stored.sequence, pending.stored)
        return pending.stored, pending.count

    def _set_due(self, pending: _Pending, delay: float) -> None:
        pending.due = self._loop.time() + delay
        self._note(pending.due, pending.stored.sequence, None)

    def _note(self, when: float, sequence: int, in_any_case: Stored | None) -> None:
        heapq.heappush(self._due, (when, next(self._ticket), sequence, in_any_case))
        if self._alarm is None or when < self._alarm.when():
            self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._at(self._due[0][0], self._ring) if self._due else None

    def _ring(self) -> None:
        self._alarm = None
        now = self._loop.time()
        while self._due and (self._due[0][0] <= now or not self._holds(self._due[0])):
            entry = heapq.heappop(self._due)
            if self._holds(entry):
                _, _, sequence, in_any_case = entry
                if in_any_case is not None and sequence not in self._pending:
                    self._pending[sequence] = _Pending(in_any_case, 1, now)
                self._again[sequence] = None
        self._set_alarm()
        self._stir()

    def _holds(self, entry: tuple[float, int, int, Stored | None]) -> bool:
        """Tell whether a note still counts: an acked or moved event leaves old notes behind."""
        when, _, sequence, in_any_case = entry
        pending = self._pending.get(sequence)
        return in_any_case is not None or (pending is not None and pending.due == when)

    def _long_time(self) -> float:
        return math.exp(self.random.uniform(0.0, math.log(LATE_MOST_SECONDS)))

    def _goes_wrong(self, kind: str, chance: float) -> bool:
        happens = self._happens(chance)
        if happens:
            self.wire.noted(kind, PART)
        return happens

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self.random.random() < chance

    def _after(self, delay: float, work: Callable[[], None]) -> asyncio.TimerHandle:
        return self._at(self._loop.time() + delay, work)

    def _at(self, when: float, work: Callable[[], None]) -> asyncio.TimerHandle:
        """Set a timer of the stream's own: it belongs to no process, so it outlives them all."""
        return self._loop.call_at(when, work, context=contextvars.Context())
