"""What points hear: closings, reopenings, attendance."""

from services.members.points.handlers import Points, reverse_points, vest_attendance, vest_points
from shared.bus.consumers import hears
from shared.bus.outcome import Done, Outcome
from shared.contracts.activities import AttendanceVerified
from shared.contracts.event import Event
from shared.contracts.requests.request import RequestClosed, RequestReopened


class Consumers:
    """Hears for points."""

    def __init__(self, points: Points) -> None:
        """Hear for this points."""
        self._points = points

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
