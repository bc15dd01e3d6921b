"""What loads hear: legs that somebody has, or has no more."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.members.loads.handlers import Loads, learn_loads
from shared.bus.consumers import hears_batch
from shared.contracts.event import Event
from shared.contracts.requests import leg


@dataclass(frozen=True)
class Consumers:
    """Hears for loads."""

    loads: Loads

    @hears_batch(
        "members-loads",
        leg.LegOffered,
        leg.LegAccepted,
        leg.LegStarted,
        leg.LegDone,
        leg.LegDropped,
        leg.LegDeclined,
        leg.LegExpired,
        leg.LegReleased,
        leg.LegUnmatched,
    )
    async def on_legs_moved(self, events: Sequence[Event[leg.LegFact]]) -> None:
        """Learn who has how many open legs."""
        await learn_loads(self.loads, events)
