"""Everything that `members` hears."""

from collections.abc import Sequence

from services.members.acquaintance.handlers import AcquaintanceDesk, follow_activities, follow_requests
from services.members.matching.handlers import MatchingDesk, learn_loads, propose_helpers
from services.members.points.handlers import PointsDesk, reverse_points, vest_attendance, vest_points
from shared.auth.sessions import EndedSessions
from shared.bus.ears import hears, hears_batch
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
from shared.contracts.members import SessionsEnded
from shared.contracts.requests import (
    LegAccepted,
    LegAcked,
    LegDeclined,
    LegDone,
    LegDropped,
    LegExpired,
    LegFact,
    LegOffered,
    LegOpened,
    LegQueued,
    LegReleased,
    LegStarted,
    LegUnmatched,
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


class Ears:
    """Legs that need a helper, legs that somebody has, closings, reopenings, attendance, and who had part in what."""

    def __init__(
        self,
        matching: MatchingDesk,
        points: PointsDesk,
        acquaintance: AcquaintanceDesk,
        ended_sessions: EndedSessions,
    ) -> None:
        """Hear for matching, for points and for acquaintance."""
        self._matching = matching
        self._points = points
        self._acquaintance = acquaintance
        self._ended_sessions = ended_sessions

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

    @hears("members-points", RequestClosed)
    async def on_request_closed(self, event: Event[RequestClosed]) -> Outcome:
        """Vest points for confirmed service."""
        await vest_points(self._points, event)
        return Done()

    @hears("members-points", RequestReopened)
    async def on_request_reopened(self, event: Event[RequestReopened]) -> Outcome:
        """Reverse the points of an undone closing."""
        await reverse_points(self._points, event)
        return Done()

    @hears("members-points", AttendanceVerified)
    async def on_attendance_verified(self, event: Event[AttendanceVerified]) -> Outcome:
        """Vest points for attendance."""
        await vest_attendance(self._points, event)
        return Done()

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

    @hears_batch("members-sessions", SessionsEnded)
    async def on_sessions_ended(self, events: Sequence[Event[SessionsEnded]]) -> Sequence[Outcome]:
        """Sessions ended: their tokens are refused from now on."""
        await self._ended_sessions.learn(events)
        return [Done()] * len(events)
