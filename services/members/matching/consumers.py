"""What matching hears: legs that need a helper."""

from collections.abc import Sequence

from services.members.matching.handlers import Matching, propose_helpers
from shared.bus.consumers import hears_batch
from shared.bus.outcome import Done, Outcome
from shared.contracts.event import Event
from shared.contracts.requests.leg import LegOpened


class Consumers:
    """Hears for matching."""

    def __init__(self, matching: Matching) -> None:
        """Hear for this matching."""
        self._matching = matching

    @hears_batch("members-matching", LegOpened)
    async def on_legs_opened(self, events: Sequence[Event[LegOpened]]) -> Sequence[Outcome]:
        """Propose a helper for each leg."""
        await propose_helpers(self._matching, events)
        return [Done()] * len(events)
