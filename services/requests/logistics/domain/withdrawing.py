"""What follows when an outside leg is no longer wanted here: its outside system is told, or the desk must tell it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.lifecycle import check_stage, find_leg, is_open_outside
from services.requests.casework.domain.permissions import check
from services.requests.casework.domain.request import Ask, Command, Leg, Request, Why, Withdrawal
from shared.contracts.requests.leg import LegDropped
from shared.contracts.stages import ENDED, LegState
from shared.refusal import Refusal

_UNKNOWN_THERE: Final = frozenset({404, 410, 501})
"""Answers that leave nothing to do when the outside system never told us that it has the leg."""
_CLOSED: Final = "closed"


@dataclass(frozen=True, slots=True)
class Notice:
    """What an outside system is told of a leg that is no longer wanted: ids and one word, nothing that people wrote.

    `id` is the same whenever the same is told again.
    """

    id: str
    at: datetime
    leg_id: str
    remote_id: str | None
    reason: str


def notice_of(request: Request, leg: Leg, at: datetime) -> Notice:
    """Return what the outside system is told of this dropped leg."""
    mark = f"{leg.id}.withdrawn" if leg.remote_id is None else f"{leg.id}.withdrawn.numbered"
    return Notice(mark, at, leg.id, leg.remote_id, request.stage.value if request.stage in ENDED else "withdrawn")


def is_owed(leg: Leg, *, in_doubt: bool) -> bool:
    """Tell whether the outside system must be told that the leg is no longer wanted.

    `in_doubt`: it may have been sent after that was told, and nobody wrote down what came of it.
    """
    if leg.withdrawal is Withdrawal.PENDING:
        return True
    return in_doubt and leg.withdrawal is Withdrawal.SETTLED and leg.remote_id is None


def note_told(request: Request, ask: Ask, sent: Leg) -> Decision:
    """Note that the outside system knows that the leg, as it was when that was sent, is no longer wanted."""
    leg = find_leg(request, sent.id)
    if leg.withdrawal is Withdrawal.TOLD or _is_overtaken(leg, sent):
        return request, ()
    change = Change(request, ask)
    over = leg.remote_status == _CLOSED
    change.amend_leg(leg.id, withdrawal=Withdrawal.SETTLED if over else Withdrawal.TOLD, withdrawn_at=ask.at)
    change.note("leg.outside_told", leg=leg.id, remote_id=leg.remote_id)
    return change.end()


def note_untold(request: Request, ask: Ask, sent: Leg, status: int) -> Decision:
    """Note that the outside system cannot be told; the desk must call, unless the leg was never known there."""
    leg = find_leg(request, sent.id)
    if leg.withdrawal is not Withdrawal.PENDING or _is_overtaken(leg, sent):
        return request, ()
    change = Change(request, ask)
    if leg.remote_id is None and leg.remote_token is None and status in _UNKNOWN_THERE:
        change.amend_leg(leg.id, withdrawal=Withdrawal.SETTLED)
        return change.end()
    change.amend_leg(leg.id, withdrawal=Withdrawal.BY_HAND)
    change.note("leg.outside_by_hand", leg=leg.id, remote_id=leg.remote_id)
    return change.end()


def acknowledge(request: Request, ask: Ask, leg_id: str, note: str) -> Decision:
    """Let the desk write down that it settled with the outside system what could not be told it."""
    leg = find_leg(request, leg_id)
    check(request, ask.caller, Command.ACKNOWLEDGE_OUTSIDE, leg)
    if not is_open_outside(leg):
        raise Refusal(Why.LEG_WRONG_STATE, state=leg.state.value, command=Command.ACKNOWLEDGE_OUTSIDE.value)
    change = Change(request, ask)
    change.amend_leg(leg_id, withdrawal=Withdrawal.SETTLED)
    change.note("leg.outside_acknowledged", leg=leg_id, note=note)
    return change.end()


def keep_late(request: Request, ask: Ask, leg: Leg, **known: str) -> Decision:
    """Keep the number or token that came after the leg was dropped; the outside system is told (again)."""
    if all(getattr(leg, name) == value for name, value in known.items()):
        return request, ()
    change = Change(request, ask)
    dropped = change.amend_leg(leg.id, withdrawal=Withdrawal.PENDING, heard_at=ask.at, **known)
    change.tell_leg(LegDropped, dropped)
    return change.end()


def hear_of_dropped(request: Request, ask: Ask, leg: Leg, number: str | None, closing: str | None) -> Decision:
    """Take in what the outside system says of a dropped leg: its number, or (`closing`, its words) that it is over.

    Refuses everything else as too late.
    """
    if leg.withdrawal is not None and closing is not None and leg.withdrawal is not Withdrawal.SETTLED:
        change = Change(request, ask)
        said = {"remote_id": number or leg.remote_id, "remote_status": _CLOSED, "note": closing or leg.note}
        change.amend_leg(leg.id, withdrawal=Withdrawal.SETTLED, heard_at=ask.at, **said)
        change.note("leg.outside_closed", leg=leg.id, note=closing or None)
        return change.end()
    if leg.withdrawal is not None and closing is None and number is not None and leg.remote_id is None:
        return keep_late(request, ask, leg, remote_id=number)
    command = Command.HEAR_REMOTE if closing is None else Command.CLOSE_REMOTE
    check_stage(request, command)
    raise Refusal(Why.LEG_WRONG_STATE, state=LegState.DROPPED.value, command=command.value)


def _is_overtaken(leg: Leg, sent: Leg) -> bool:
    """Tell whether more became known of the leg since it was told: then it is told again, and that counts."""
    return (leg.remote_id, leg.remote_token) != (sent.remote_id, sent.remote_token) and leg.remote_status != _CLOSED
