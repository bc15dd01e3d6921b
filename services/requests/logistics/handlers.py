"""Send queued legs out, take news in, and ask about silent legs. Nothing is lost while the outside system is down."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol, assert_never

from services.requests.casework.domain import Ask, Leg, Request, Why
from services.requests.casework.handlers import Casework, decide_because
from services.requests.categories.domain import category_of
from services.requests.logistics.domain import (
    Away,
    News,
    Numbered,
    Order,
    Promised,
    RemoteStatus,
    Sent,
    TurnedDown,
    await_number,
    check_sendable,
    fail_send,
    hear,
    note_asked,
    take_number,
)
from services.requests.logistics.store import find_by_leg, find_by_number, silent_since
from services.requests.story.domain import Decision, is_polled
from shared.bus.outcome import Done, Outcome, Retry
from shared.contracts.requests import LegState
from shared.refusal import Refusal
from shared.store.document import Because, Conflict, Document

_LOOK: Final = 50
_AT_ONCE: Final = 4


class OutsideSystem(Protocol):
    """An outside repair system."""

    async def send(self, order: Order) -> Sent:
        """Hand a leg over; handing it over twice creates it once."""
        ...

    async def number_of(self, token: str) -> str | None:
        """Return the number that belongs to a token; None: not yet, or no answer."""
        ...

    async def status_of(self, remote_id: str) -> tuple[RemoteStatus, str | None] | None:
        """Return status and notes; None: it does not know the number, or no answer."""
        ...


@dataclass(frozen=True, slots=True)
class Logistics:
    """The rooms of the outside legs."""

    casework: Casework
    outside: OutsideSystem
    poll_after: timedelta
    secret: str


async def dispatch_leg(logistics: Logistics, request_id: str, leg_id: str, because: Because) -> Outcome:
    """Send a queued leg out; a transient fault is tried again for ever, a refusal for good goes to the desk."""
    document = await logistics.casework.documents.load(request_id)
    if document is None:
        raise Refusal(Why.NOT_FOUND)
    check_sendable(document.state, leg_id)
    request = document.state
    category = category_of(request.category)
    sent = await logistics.outside.send(
        Order(leg_id, category.id, category.name_zh, request.title, request.text, request.place)
    )
    decide: Callable[[Request, Ask], Decision]
    match sent:
        case Away(reason, delay):
            return Retry(reason, delay)
        case Numbered(remote_id):
            decide = lambda request, ask: take_number(request, ask, leg_id, remote_id)  # noqa: E731 - one line for each answer
        case Promised(token):
            decide = lambda request, ask: await_number(request, ask, leg_id, token)  # noqa: E731 - one line for each answer
        case TurnedDown(status):
            decide = lambda request, ask: fail_send(request, ask, leg_id, status)  # noqa: E731 - one line for each answer
        case _:
            assert_never(sent)
    await decide_because(logistics.casework, request_id, decide, because)
    return Done()


async def take_news(logistics: Logistics, webhook_id: str, leg_id: str | None, news: News) -> Document[Request]:
    """Take in what a signed webhook says, once per webhook id; refuses news of an unknown leg and stale news."""
    where = find_by_leg(leg_id) if leg_id is not None else find_by_number(news.system, news.remote_id)
    found = await logistics.casework.documents.select(where, limit=1)
    legs = [leg for document in found for leg in document.state.legs if _is_meant(leg, leg_id, news)]
    if not legs:
        raise Refusal(Why.LEG_UNKNOWN)
    at = logistics.casework.clock.now()
    because = Because(f"system:{news.system}", webhook_id, found[0].id, at, mark=webhook_id)
    return await decide_because(
        logistics.casework, found[0].id, lambda request, ask: hear(request, ask, legs[0].id, news), because
    )


async def poll_silent_legs(logistics: Logistics) -> None:
    """Ask the outside system about legs that have been silent for a while: the safety net under the webhooks."""
    before = logistics.casework.clock.now() - logistics.poll_after
    found = await logistics.casework.documents.select(silent_since(before), sort=[("state.poll_at", 1)], limit=_LOOK)
    asked = [(document, leg) for document in found for leg in document.state.legs if is_polled(document.state, leg)]
    for start in range(0, len(asked), _AT_ONCE):
        await asyncio.gather(*(_ask_about(logistics, *pair) for pair in asked[start : start + _AT_ONCE]))


async def _ask_about(logistics: Logistics, document: Document[Request], leg: Leg) -> None:
    decide = await _answer(logistics, leg)
    actor = f"system:{leg.system}"
    cause = f"poll:{leg.id}:{document.version}"
    because = Because.command(actor, cause, logistics.casework.clock.now(), correlation=document.id)
    try:
        await decide_because(logistics.casework, document.id, decide, because)
    except (Refusal, Conflict):
        return  # somebody was faster; the next look finds what is still silent


async def _answer(logistics: Logistics, leg: Leg) -> Callable[[Request, Ask], Decision]:
    if leg.state is LegState.TOKEN_WAIT:
        number = await logistics.outside.number_of(leg.remote_token or "")
        if number is not None:
            return lambda request, ask: take_number(request, ask, leg.id, number)
    elif leg.remote_id is not None and leg.system is not None:
        status = await logistics.outside.status_of(leg.remote_id)
        if status is not None:
            news = News(leg.system, leg.remote_id, status[0], status[1])
            return lambda request, ask: hear(request, ask, leg.id, news)
    return lambda request, ask: note_asked(request, ask, leg.id)


def _is_meant(leg: Leg, leg_id: str | None, news: News) -> bool:
    return leg.id == leg_id if leg_id is not None else (leg.remote_id, leg.system) == (news.remote_id, news.system)
