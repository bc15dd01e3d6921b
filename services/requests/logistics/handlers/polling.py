"""Ask about silent legs."""

import asyncio
from collections.abc import Callable
from typing import Final

from services.requests.casework.domain.change import Decision
from services.requests.casework.domain.deadlines import is_polled
from services.requests.casework.domain.request import Ask, Leg, Request
from services.requests.casework.handlers.casework import decide_because
from services.requests.logistics.domain.exchange import News, hear, note_asked, take_number
from services.requests.logistics.handlers.logistics import Logistics
from services.requests.logistics.store.outside_legs import silent_since
from shared.contracts.stages import LegState
from shared.refusal import Refusal
from shared.store.document import Because, Conflict, Document

_LOOK: Final = 50
_AT_ONCE: Final = 4


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
            news = News(leg.system, leg.remote_id, status.status, status.notes, status.word)
            return lambda request, ask: hear(request, ask, leg.id, news)
    return lambda request, ask: note_asked(request, ask, leg.id)
