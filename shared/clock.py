"""Time as an argument: the only place that reads the machine's clock."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """Return the present moment, with time zone, in whole milliseconds (what the store can keep)."""
        ...


class SystemClock:
    """The machine's clock in UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC, cut to whole milliseconds (BSON dates keep no more)."""
        milliseconds = time.time_ns() // 1_000_000
        return _EPOCH + timedelta(milliseconds=milliseconds)
