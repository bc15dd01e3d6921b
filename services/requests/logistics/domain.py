"""What an outside system may tell us about a leg, and what follows."""

from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from services.requests.casework.domain import Ask, Command, Leg, Request, Why
from services.requests.rules.domain import LISTENING, WAITING, check_stage
from services.requests.story.domain import Decision, Story, find_leg
from shared.contracts.requests import LegAcked, LegRemoteClosed, LegRemoteStale, LegSendFailed
from shared.refusal import Refusal


class RemoteStatus(StrEnum):
    """The two statuses of Open311."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class News:
    """What an outside system says about a leg: its own number, open or closed, and a word about it."""

    system: str
    remote_id: str
    status: RemoteStatus
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is handed over to an outside system: never anything that is sealed."""

    leg_id: str
    service_code: str
    service_name: str
    title: str
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """The outside system took the leg under this number."""

    remote_id: str


@dataclass(frozen=True, slots=True)
class Promised:
    """The outside system took the leg and will name its number for this token."""

    token: str


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """The outside system refused the leg for good, with this HTTP status."""

    status: int


@dataclass(frozen=True, slots=True)
class Away:
    """The outside system cannot take the leg now; try again, after `delay` seconds if it said so."""

    reason: str
    delay: float | None = None


Sent = Numbered | Promised | TurnedDown | Away
"""What handing a leg over may end in."""


def take_number(request: Request, ask: Ask, leg_id: str, remote_id: str) -> Decision:
    """Note that the outside system took the leg under its own number."""
    story = Story(request, ask)
    _ack(story, find_leg(request, leg_id), remote_id)
    return story.end()


def await_number(request: Request, ask: Ask, leg_id: str, token: str) -> Decision:
    """Note that the outside system took the leg and will name its number for this token."""
    story = Story(request, ask)
    story.change_leg(leg_id, Command.AWAIT_NUMBER, remote_token=token)
    return story.end()


def fail_send(request: Request, ask: Ask, leg_id: str, status: int) -> Decision:
    """Note that the outside system refused the leg for good; the desk must act."""
    story = Story(request, ask)
    leg = story.change_leg(leg_id, Command.FAIL_SEND, remote_status=str(status))
    story.note("leg.send_failed", leg=leg_id, status=str(status))
    story.tell_leg(LegSendFailed, leg, system=leg.system, status=status)
    return story.end()


def hear(request: Request, ask: Ask, leg_id: str, news: News) -> Decision:
    """Take in what the outside system says, even before its number came; closed resolves, and confirms nothing."""
    leg = find_leg(request, leg_id)
    if leg.system != news.system or leg.remote_id not in {None, news.remote_id}:
        raise Refusal(Why.SYSTEM_MISMATCH)
    story = Story(request, ask)
    if leg.state in WAITING:
        leg = _ack(story, leg, news.remote_id)
    command = Command.CLOSE_REMOTE if news.status is RemoteStatus.CLOSED else Command.HEAR_REMOTE
    said: dict[str, object] = {"heard_at": ask.at, "remote_status": news.status.value, "note": news.notes}
    heard = story.change_leg(leg.id, command, stale=False, **said)
    if command is Command.HEAR_REMOTE:
        if news.notes is not None and news.notes != leg.note:
            story.note("leg.remote_noted", leg=leg.id, note=news.notes)
        return story.end()
    story.note("leg.remote_closed", leg=leg.id, note=news.notes)
    story.tell_leg(LegRemoteClosed, heard, system=news.system, remote_id=news.remote_id, closed_at=ask.at)
    story.resolve_if_served()
    return story.end()


def note_asked(request: Request, ask: Ask, leg_id: str) -> Decision:
    """Remember that the outside system was asked and had nothing to say, so that others are asked first next time."""
    leg = find_leg(request, leg_id)
    if leg.state not in LISTENING | WAITING:
        return request, ()
    story = Story(request, ask)
    asked = replace(leg, asked_at=ask.at)
    story.put(legs=tuple(asked if each.id == leg_id else each for each in request.legs))
    return story.end()


def go_stale(story: Story, leg: Leg) -> None:
    """Report that the outside system has been silent too long."""
    stale = story.change_leg(leg.id, Command.GO_STALE, stale=True)
    story.note("leg.remote_stale", leg=leg.id)
    story.tell_leg(LegRemoteStale, stale, system=stale.system)


def _ack(story: Story, leg: Leg, remote_id: str) -> Leg:
    acked = story.change_leg(leg.id, Command.ACK, remote_id=remote_id, heard_at=story.at, stale=False)
    story.note("leg.acked", leg=leg.id, remote_id=remote_id)
    story.tell_leg(LegAcked, acked, system=acked.system, remote_id=remote_id, acked_at=story.at)
    story.contact()
    return acked


def check_sendable(request: Request, leg_id: str) -> Leg:
    """Return the leg that is to be sent, or refuse: it was sent already, or is no longer wanted."""
    check_stage(request, Command.ACK)
    leg = find_leg(request, leg_id)
    if leg.state not in WAITING or leg.remote_token is not None:
        raise Refusal(Why.LEG_WRONG_STATE, state=leg.state.value, command=Command.ACK.value)
    return leg
