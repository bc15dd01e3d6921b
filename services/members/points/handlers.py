"""Entering points. Each event changes one sheet, and changes it once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.members.points.domain import Sheet, attend, attendance_sheet_id, close, closing_sheet_id, earned_by, undo
from shared.clock import Clock
from shared.contracts.activities import AttendanceVerified
from shared.contracts.event import Event, Fact
from shared.contracts.requests.request import RequestClosed, RequestReopened
from shared.store.commands import change_or_create
from shared.store.document import Because, Documents

Decide = Callable[[Sheet], tuple[Sheet, Sequence[Fact]]]


@dataclass(frozen=True, slots=True)
class Points:
    """Where points are kept."""

    sheets: Documents[Sheet]
    clock: Clock


async def vest_points(points: Points, event: Event[RequestClosed]) -> None:
    """Enter what a confirmed closing earned its helpers; a closing that earns nothing leaves no sheet."""
    closed = event.data
    if earned_by(closed):
        sheet_id = closing_sheet_id(closed.request_id, closed.closing)
        await _enter(points, sheet_id, lambda sheet: close(sheet, closed), event)


async def reverse_points(points: Points, event: Event[RequestReopened]) -> None:
    """Reverse what the undone closing earned, also when the news of that closing comes later."""
    reopened = event.data
    if reopened.closing > 0:
        sheet_id = closing_sheet_id(reopened.request_id, reopened.closing)
        await _enter(points, sheet_id, lambda sheet: undo(sheet, reopened.reopened_at), event)


async def vest_attendance(points: Points, event: Event[AttendanceVerified]) -> None:
    """Enter what an attendance earned."""
    attended = event.data
    sheet_id = attendance_sheet_id(attended.activity_id, attended.person_id)
    await _enter(points, sheet_id, lambda sheet: attend(sheet, attended), event)


async def _enter(points: Points, sheet_id: str, decide: Decide, event: Event[Fact]) -> None:
    because = Because.event(event, points.clock.now(), "members")
    if decide(Sheet())[0] != Sheet():
        await change_or_create(points.sheets, sheet_id, Sheet(), decide, because)
