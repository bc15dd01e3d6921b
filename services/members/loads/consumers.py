"""What loads hear: legs that somebody has, or has no more."""

from collections.abc import Sequence

from services.members.loads.handlers import Loads, learn_loads
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
    LegReleased,
    LegStarted,
    LegUnmatched,
)


class Consumers:
    """Hears for loads."""

    def __init__(self, loads: Loads) -> None:
        """Hear for these loads."""
        self._loads = loads

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
        await learn_loads(self._loads, events)
        return [Done()] * len(events)
