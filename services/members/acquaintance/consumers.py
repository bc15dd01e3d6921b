"""What acquaintance hears: who had part in what."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.members.acquaintance.handlers import Acquaintance, follow_activities, follow_requests
from shared.bus.consumers import hears_batch
from shared.contracts import activities
from shared.contracts.event import Event
from shared.contracts.requests import leg, request


@dataclass(frozen=True)
class Consumers:
    """Hears for acquaintance."""

    acquaintance: Acquaintance

    @hears_batch(
        "members-cases",
        request.RequestFiled,
        request.RequestTriaged,
        request.RequestContacted,
        request.RequestHeld,
        request.RequestResumed,
        request.RequestRejected,
        request.RequestCancelled,
        request.RequestClosed,
        request.RequestReopened,
        leg.LegOpened,
        leg.LegQueued,
        leg.LegAcked,
        leg.LegOffered,
        leg.LegAccepted,
        leg.LegDone,
        leg.LegDeclined,
        leg.LegExpired,
        leg.LegReleased,
        leg.LegDropped,
    )
    async def on_requests_told(self, events: Sequence[Event[request.RequestFact]]) -> None:
        """Learn who has part in which request."""
        await follow_requests(self.acquaintance, events)

    @hears_batch(
        "members-gatherings",
        activities.ActivityPlanned,
        activities.ActivityPublished,
        activities.SeatTaken,
        activities.SeatAwaited,
        activities.SeatReleased,
        activities.AttendanceVerified,
        activities.ActivityCompleted,
        activities.ActivityCancelled,
    )
    async def on_activities_told(self, events: Sequence[Event[activities.ActivityFact]]) -> None:
        """Learn who organises what, and who is signed up for it."""
        await follow_activities(self.acquaintance, events)
