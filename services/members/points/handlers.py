"""Entering points. Each event changes one transaction, and changes it once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.members.points.domain import Transaction, attend, attendance_id, close, closing_id, earned_by, undo
from shared.clock import Clock
from shared.contracts.activities import AttendanceVerified
from shared.contracts.event import Event, Fact
from shared.contracts.requests.request import RequestClosed, RequestReopened
from shared.store.commands import change_or_create
from shared.store.document import Because, Documents

Decide = Callable[[Transaction], tuple[Transaction, Sequence[Fact]]]


@dataclass(frozen=True, slots=True)
class Points:
    """Where points are kept."""

    transactions: Documents[Transaction]
    clock: Clock


async def vest_points(points: Points, event: Event[RequestClosed]) -> None:
    """Enter what a confirmed closing earned its helpers; a closing that earns nothing leaves no transaction."""
    closed = event.data
    if earned_by(closed):
        transaction_id = closing_id(closed.request_id, closed.closing)
        await _enter(points, transaction_id, lambda transaction: close(transaction, closed), event)


async def reverse_points(points: Points, event: Event[RequestReopened]) -> None:
    """Reverse what the undone closing earned, also when the news of that closing comes later."""
    reopened = event.data
    if reopened.closing > 0:
        transaction_id = closing_id(reopened.request_id, reopened.closing)
        await _enter(points, transaction_id, lambda transaction: undo(transaction, reopened.reopened_at), event)


async def vest_attendance(points: Points, event: Event[AttendanceVerified]) -> None:
    """Enter what an attendance earned."""
    attended = event.data
    transaction_id = attendance_id(attended.activity_id, attended.person_id)
    await _enter(points, transaction_id, lambda transaction: attend(transaction, attended), event)


async def _enter(points: Points, transaction_id: str, decide: Decide, event: Event[Fact]) -> None:
    because = Because.event(event, points.clock.now(), "members")
    if decide(Transaction())[0] != Transaction():
        await change_or_create(points.transactions, transaction_id, Transaction(), decide, because)
