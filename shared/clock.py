"""Time as an argument: the only place that reads the machine's clock."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """Return the present moment, with time zone, in whole milliseconds (what the store can keep)."""
        ...


class SystemClock:
    """The machine's clock in UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC, cut to whole milliseconds (BSON dates keep no more)."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
