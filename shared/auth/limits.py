"""How often one caller may call: a rate with a burst, for each signed-in person, or each address without a session.

Each process counts for itself, in memory that has a bound. So a service in two replicas gives twice as much, and a
restart forgets; both are harmless, because the limits stand far above what people do and far below what hurts.
"""

import math
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shared.clock import Clock
from shared.refusal import Refusal

REMEMBERED: Final = 50_000
"""Callers whose rate a process remembers; beyond them, whoever has not called for longest is forgotten."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate: `burst` calls at once, and one more whenever `seconds` have passed. Its name is the wording's."""

    name: str
    burst: int
    seconds: float

    def times(self, factor: float) -> "Limit":
        """Return the limit for an operator who allows `factor` times as much."""
        return Limit(self.name, max(1, int(self.burst * factor)), self.seconds / factor)


READING: Final = Limit("reading", burst=600, seconds=0.05)
CHANGING: Final = Limit("changing", burst=600, seconds=0.05)
STRANGERS: Final = Limit("strangers", burst=600, seconds=0.1)
"""Calls without a session from one address, which may be a whole dormitory or the campus's repair system."""


@dataclass(slots=True)
class Limits:
    """Who called how often, as the generic cell rate algorithm keeps it: one moment for each caller and limit.

    The moment is when the next call would be due if all had come at the limit's pace; it may lie as far ahead of now as
    a burst takes (ITU-T I.371, annex A).
    """

    clock: Clock
    factor: float = 1.0
    _due: OrderedDict[tuple[str, Hashable], float] = field(default_factory=OrderedDict[tuple[str, Hashable], float])
    _scaled: dict[Limit, Limit] = field(default_factory=dict[Limit, Limit])

    def take(self, limit: Limit, caller: Hashable) -> None:
        """Count a call; raises `Refusal` `http.too_many_calls` with the seconds until the next one is taken.

        A refused call is not counted: whoever waits as told is taken.
        """
        allowed = self._scaled.get(limit) or self._scaled.setdefault(limit, limit.times(self.factor))
        key = (limit.name, caller)
        now = _seconds(self.clock.now())
        due = max(now, self._due.get(key, now))
        wait = due - now - (allowed.burst - 1) * allowed.seconds
        if wait > 1e-6:  # noqa: PLR2004 - what rounding of seconds since 1970 makes
            raise Refusal(
                "http.too_many_calls", what=limit.name, retry_after=max(1, math.ceil(wait)), limit=allowed.burst
            )
        self._due[key] = due + allowed.seconds
        self._due.move_to_end(key)
        if len(self._due) > REMEMBERED:
            self._due.popitem(last=False)


STREAMS_OF_ONE: Final = 20
"""Live streams that one person has open at once: screens, tabs and phones."""
STREAMS: Final = 10_000
"""Live streams that one process has open at once."""


@dataclass(slots=True)
class Streams:
    """The live streams that are open now."""

    factor: float = 1.0
    _open: dict[str, int] = field(default_factory=dict[str, int])
    _all: int = 0

    def enter(self, person_id: str) -> None:
        """Count a stream that opens; raises `Refusal` `http.too_many_streams` for one more than there may be."""
        mine = self._open.get(person_id, 0)
        most = max(1, int(STREAMS_OF_ONE * self.factor))
        if mine >= most:
            raise Refusal("http.too_many_streams", retry_after=30, limit=most)
        if self._all >= STREAMS:
            raise Refusal("http.streams_full", retry_after=30)
        self._open[person_id] = mine + 1
        self._all += 1

    def leave(self, person_id: str) -> None:
        """Count a stream that ended."""
        self._all -= 1
        self._open[person_id] -= 1
        if not self._open[person_id]:
            del self._open[person_id]


def _seconds(moment: datetime) -> float:
    return moment.timestamp()
