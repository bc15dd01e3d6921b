"""What matching hears: legs that need a helper."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.members.matching.handlers import Matching, propose_helpers
from shared.bus.consumers import hears_batch
from shared.contracts.event import Event
from shared.contracts.requests.leg import LegOpened


@dataclass(frozen=True)
class Consumers:
    """Hears for matching."""

    matching: Matching

    @hears_batch("members-matching", LegOpened)
    async def on_legs_opened(self, events: Sequence[Event[LegOpened]]) -> None:
        """Propose a helper for each leg."""
        await propose_helpers(self.matching, events)
