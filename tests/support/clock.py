"""A clock that a test moves."""

from datetime import UTC, datetime

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
"""When the integration tests begin."""


class MovableClock:
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        """Begin with `NOW`."""
        self.moment = NOW

    def now(self) -> datetime:
        """Return where the clock stands."""
        return self.moment
