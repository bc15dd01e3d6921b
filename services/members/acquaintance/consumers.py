"""What acquaintance hears: who had part in what."""

from collections.abc import Sequence

from services.members.acquaintance.handlers import Acquaintance, follow_activities, follow_requests
from shared.bus.consumers import hears_batch
from shared.bus.outcome import Done, Outcome
from shared.contracts.activities import (
    ActivityCancelled,
    ActivityCompleted,
    ActivityFact,
    ActivityPlanned,
    ActivityPublished,
    AttendanceVerified,
    SeatAwaited,
    SeatReleased,
    SeatTaken,
)
from shared.contracts.event import Event
from shared.contracts.requests.leg import (
    LegAccepted,
    LegAcked,
    LegDeclined,
    LegDone,
    LegDropped,
    LegExpired,
    LegOffered,
    LegOpened,
    LegQueued,
    LegReleased,
)
from shared.contracts.requests.request import (
    RequestCancelled,
    RequestClosed,
    RequestContacted,
    RequestFact,
    RequestFiled,
    RequestHeld,
    RequestRejected,
    RequestReopened,
    RequestResumed,
    RequestTriaged,
)


class Consumers:
    """Hears for acquaintance."""

    def __init__(self, acquaintance: Acquaintance) -> None:
        """Hear for this acquaintance."""
        self._acquaintance = acquaintance

    @hears_batch(
        "members-cases",
        RequestFiled,
        RequestTriaged,
        RequestContacted,
        RequestHeld,
        RequestResumed,
        RequestRejected,
        RequestCancelled,
        RequestClosed,
        RequestReopened,
        LegOpened,
        LegQueued,
        LegAcked,
        LegOffered,
        LegAccepted,
        LegDone,
        LegDeclined,
        LegExpired,
        LegReleased,
        LegDropped,
    )
    async def on_requests_told(self, events: Sequence[Event[RequestFact]]) -> Sequence[Outcome]:
        """Learn who has part in which request."""
        await follow_requests(self._acquaintance, events)
        return [Done()] * len(events)

    @hears_batch(
        "members-gatherings",
        ActivityPlanned,
        ActivityPublished,
        SeatTaken,
        SeatAwaited,
        SeatReleased,
        AttendanceVerified,
        ActivityCompleted,
        ActivityCancelled,
    )
    async def on_activities_told(self, events: Sequence[Event[ActivityFact]]) -> Sequence[Outcome]:
        """Learn who organises what, and who is signed up for it."""
        await follow_activities(self._acquaintance, events)
        return [Done()] * len(events)
