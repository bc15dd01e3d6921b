"""What matching hears: legs that need a helper, and legs that somebody has."""

from collections.abc import Sequence

from services.members.matching.handlers import MatchingDesk, learn_loads, propose_helpers
from shared.bus.consumers import hears_batch
from shared.bus.outcome import Done, Outcome
from shared.contracts.event import Event
from shared.contracts.requests.leg import (
    LegAccepted,
    LegDeclined,
    LegDone,
    LegDropped,
    LegExpired,
    LegFact,
    LegOffered,
    LegOpened,
    LegReleased,
    LegStarted,
    LegUnmatched,
)


class Consumers:
    """Hears for matching."""

    def __init__(self, matching: MatchingDesk) -> None:
        """Hear for this desk."""
        self._matching = matching

    @hears_batch("members-matching", LegOpened)
    async def on_legs_opened(self, events: Sequence[Event[LegOpened]]) -> Sequence[Outcome]:
        """Propose a helper for each leg."""
        await propose_helpers(self._matching, events)
        return [Done()] * len(events)

    @hears_batch(
        "members-loads",
        LegOffered,
        LegAccepted,
        LegStarted,
        LegDone,
        LegDropped,
        LegDeclined,
        LegExpired,
        LegReleased,
        LegUnmatched,
    )
    async def on_legs_moved(self, events: Sequence[Event[LegFact]]) -> Sequence[Outcome]:
        """Learn who has how many open legs."""
        await learn_loads(self._matching.loads, events)
        return [Done()] * len(events)
