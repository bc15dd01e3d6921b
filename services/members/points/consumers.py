"""What points hear: closings, reopenings, attendance."""

from dataclasses import dataclass

from services.members.points.handlers import Points, reverse_points, vest_attendance, vest_points
from shared.bus.consumers import hears
from shared.contracts.activities import AttendanceVerified
from shared.contracts.event import Event
from shared.contracts.requests.request import RequestClosed, RequestReopened


@dataclass(frozen=True)
class Consumers:
    """Hears for points."""

    points: Points

    @hears("members-points", RequestClosed)
    async def on_request_closed(self, event: Event[RequestClosed]) -> None:
        """Vest points for confirmed service."""
        await vest_points(self.points, event)

    @hears("members-points", RequestReopened)
    async def on_request_reopened(self, event: Event[RequestReopened]) -> None:
        """Reverse the points of an undone closing."""
        await reverse_points(self.points, event)

    @hears("members-points", AttendanceVerified)
    async def on_attendance_verified(self, event: Event[AttendanceVerified]) -> None:
        """Vest points for attendance."""
        await vest_attendance(self.points, event)
