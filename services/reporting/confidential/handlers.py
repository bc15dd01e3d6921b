"""Count the people of confidential requests once a day, for all replicas alike."""

from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

from services.reporting.confidential.domain import Tally, first_tally, shown, tallied
from shared.clock import Clock
from shared.store.document import Because, Documents, change

ONE: Final = "community"
"""The id of the one document that holds the tally."""


class DailyTally:
    """The tally of this day, as it is kept for all replicas."""

    def __init__(self, tallies: Documents[Tally], clock: Clock, zone: ZoneInfo) -> None:
        """Keep it here; days begin at midnight of this zone."""
        self._tallies = tallies
        self._clock = clock
        self._zone = zone
        self._known: Tally | None = None

    @property
    def people(self) -> int | None:
        """The number that is shown; None: too few."""
        return shown(self._known)

    async def count(self, people: Iterable[str]) -> None:
        """Count these people when no replica has yet counted on this day of the campus."""
        now = self._clock.now()
        day = now.astimezone(self._zone).date()
        if self._known is not None and self._known.day >= day:
            return
        asked = list(people)
        because = Because.command("reporting", f"tally:{day}", now)
        document = await change(self._tallies, ONE, lambda tally: tallied(tally, day, asked), because)
        if document is None:
            document = (await self._tallies.create(ONE, first_tally(day, asked), (), because)).document
        self._known = document.state
