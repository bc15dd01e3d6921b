"""What an outside system may tell us about a leg, and what follows."""

from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.lifecycle import LISTENING, WAITING, check_stage, find_leg
from services.requests.casework.domain.request import Ask, Command, Leg, Request, Why
from services.requests.logistics.domain.withdrawing import hear_of_dropped, keep_late
from shared.contracts.requests.leg import LegAcked, LegRemoteClosed, LegRemoteStale, LegSendFailed
from shared.contracts.stages import LegState
from shared.refusal import Refusal


class RemoteStatus(StrEnum):
    """The two statuses of Open311."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class News:
    """What an outside system says about a leg, as far as it was understood.

    Its own number, unless it named only ours; open or closed, or None when it said neither (then `word` is what it
    said instead); and a note.
    """

    system: str
    remote_id: str | None
    status: RemoteStatus | None
    notes: str | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is handed over to an outside system: never anything that is sealed.

    `place` is the id of the place, `address` the place as people read it; `number` is what our people call it by.
    """

    leg_id: str
    number: str
    service_code: str
    service_name: str
    title: str
    text: str
    place: str
    address: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """The outside system took the leg under this number."""

    remote_id: str


@dataclass(frozen=True, slots=True)
class Promised:
    """The outside system took the leg and will name its number for this token."""

    token: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The outside system refused the leg for good, with this HTTP status."""

    status: int


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The outside system cannot take the leg now; try again, after `delay` seconds if it said so."""

    reason: str
    delay: float | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The outside system took note that a leg is no longer wanted."""


SendResult = Numbered | Promised | Rejected | Unavailable
"""What handing a leg over may end in."""

WithdrawalResult = Taken | Rejected | Unavailable
"""What telling that a leg is no longer wanted may end in."""


def take_number(request: Request, ask: Ask, leg_id: str, remote_id: str) -> Decision:
    """Note that the outside system took the leg under its own number; of a leg dropped meanwhile it is kept."""
    leg = find_leg(request, leg_id)
    if leg.state is LegState.DROPPED:
        return keep_late(request, ask, leg, remote_id=remote_id)
    change = Change(request, ask)
    _ack(change, leg, remote_id)
    return change.end()


def await_number(request: Request, ask: Ask, leg_id: str, token: str) -> Decision:
    """Note that the outside system took the leg and will name its number for this token."""
    leg = find_leg(request, leg_id)
    if leg.state is LegState.DROPPED:
        return keep_late(request, ask, leg, remote_token=token)
    change = Change(request, ask)
    change.move_leg(leg_id, Command.AWAIT_NUMBER, remote_token=token)
    return change.end()


def fail_send(request: Request, ask: Ask, leg_id: str, status: int) -> Decision:
    """Note that the outside system refused the leg for good; the desk must act."""
    change = Change(request, ask)
    leg = change.move_leg(leg_id, Command.FAIL_SEND, remote_status=str(status))
    change.note("leg.send_failed", leg=leg_id, status=str(status))
    change.tell_leg(LegSendFailed, leg, status=status)
    return change.end()


def hear(request: Request, ask: Ask, leg_id: str, news: News) -> Decision:
    """Take in what the outside system says, even before its number came; closed resolves, and confirms nothing.

    What it says besides open and closed does not move the leg: the words are kept and shown. News that names only our
    id is taken under that id until the outside system tells its own.
    """
    leg = find_leg(request, leg_id)
    if leg.system != news.system or (news.remote_id and leg.remote_id not in {None, leg.id, news.remote_id}):
        raise Refusal(Why.SYSTEM_MISMATCH)
    if leg.state is LegState.DROPPED:
        closing = (news.notes or "") if news.status is RemoteStatus.CLOSED else None
        return hear_of_dropped(request, ask, leg, news.remote_id, closing)
    number = news.remote_id or leg.remote_id or leg.id
    change = Change(request, ask)
    if leg.state in WAITING:
        leg = _ack(change, leg, number)
    command = Command.CLOSE_REMOTE if news.status is RemoteStatus.CLOSED else Command.HEAR_REMOTE
    said: dict[str, object] = {"heard_at": ask.at, "remote_id": number, "note": news.notes or leg.note}
    if news.status is not None or news.word is not None:
        said["remote_status"] = news.word if news.status is None else news.status.value
    heard = change.move_leg(leg.id, command, stale=False, **said)
    if command is Command.HEAR_REMOTE:
        _note_news(change, leg, news)
        return change.end()
    change.note("leg.remote_closed", leg=leg.id, note=news.notes)
    change.tell_leg(LegRemoteClosed, heard, closed_at=ask.at)
    change.resolve_if_served()
    return change.end()


def _note_news(change: Change, leg: Leg, news: News) -> None:
    """Write down what is new in the words of the outside system."""
    note = news.notes if news.notes != leg.note else None
    word = news.word if news.status is None and news.word != leg.remote_status else None
    if note is not None or word is not None:
        change.note("leg.remote_noted", leg=leg.id, note=note, status=word)


def note_asked(request: Request, ask: Ask, leg_id: str) -> Decision:
    """Remember that the outside system was asked and had nothing to say, so that others are asked first next time."""
    leg = find_leg(request, leg_id)
    if leg.state not in LISTENING | WAITING:
        return request, ()
    change = Change(request, ask)
    asked = replace(leg, asked_at=ask.at)
    change.put(legs=tuple(asked if each.id == leg_id else each for each in request.legs))
    return change.end()


def go_stale(change: Change, leg: Leg) -> None:
    """Report that the outside system has been silent too long."""
    stale = change.move_leg(leg.id, Command.GO_STALE, stale=True)
    change.note("leg.remote_stale", leg=leg.id)
    change.tell_leg(LegRemoteStale, stale)


def _ack(change: Change, leg: Leg, remote_id: str) -> Leg:
    acked = change.move_leg(leg.id, Command.ACK, remote_id=remote_id, heard_at=change.at, stale=False)
    change.note("leg.acked", leg=leg.id, remote_id=remote_id)
    change.tell_leg(LegAcked, acked, acked_at=change.at)
    change.contact()
    return acked


def check_sendable(request: Request, leg_id: str) -> Leg:
    """Return the leg that is to be sent, or refuse: it was sent already, or is no longer wanted."""
    check_stage(request, Command.ACK)
    leg = find_leg(request, leg_id)
    if leg.state not in WAITING or leg.remote_token is not None:
        raise Refusal(Why.LEG_WRONG_STATE, state=leg.state.value, command=Command.ACK.value)
    return leg
