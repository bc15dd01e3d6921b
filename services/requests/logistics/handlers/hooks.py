"""Take in what outside systems tell by signed webhook."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.requests.casework.domain.request import Leg, Request, Why
from services.requests.casework.handlers.casework import decide_because
from services.requests.logistics.domain.exchange import News, RemoteStatus, hear
from services.requests.logistics.domain.reading import ParsedNews, read_row, whole_id
from services.requests.logistics.handlers.logistics import Logistics
from services.requests.logistics.store.outside_legs import find_by_leg, find_by_number
from services.requests.unplaced.domain import UnplacedNews
from shared.contracts.places import ancestors
from shared.ids import derive_id
from shared.refusal import Refusal
from shared.store.document import Because, Document
from shared.words import take_in

TOO_LATE: Final = frozenset({Why.LEG_WRONG_STATE.value, Why.WRONG_STAGE.value})
"""Refusals of news that came too late to change anything."""
ELSEWHERE: Final = frozenset({Why.LEG_UNKNOWN.value, Why.SYSTEM_MISMATCH.value})
"""Refusals of news that belongs to no leg of ours."""
NOTHING_TOLD: Final = "hook.nothing_told"
"""Why a webhook without a row of news is kept."""
SHOWN: Final = 2000
"""How much of what came is kept for people to read."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A signed webhook: its id, its rows of news, and all of it as words, for people, when no rule understands it."""

    id: str
    rows: Sequence[Mapping[str, object]]
    text: str


async def take_hook(logistics: Logistics, hook: Hook) -> list[str | None]:
    """Take in what a signed webhook says, each row once; what cannot be taken is kept and shown, never lost.

    Returns for each row None when it was taken, or the code of the rule that kept it out.
    """
    if not hook.rows:
        await _keep(logistics, hook.id, hook.text, ParsedNews(), NOTHING_TOLD)
        return [NOTHING_TOLD]
    outcomes: list[str | None] = []
    for place, row in enumerate(hook.rows):
        told, mark = read_row(row), whole_id(f"{hook.id}#{place}" if place else hook.id) or hook.id
        meant = await _find_meant(logistics, told)
        code = Why.LEG_UNKNOWN.value if meant is None else await _take_news(logistics, *meant, mark, told)
        if code in ELSEWHERE or (code in TOO_LATE and told.status is not RemoteStatus.CLOSED):
            text = hook.text if len(hook.rows) == 1 else _said_in(row)
            await _keep(logistics, mark, text, told, code, None if meant is None else meant[0].state)
        outcomes.append(code)
    return outcomes


def _said_in(row: Mapping[str, object]) -> str:
    """Return one row of several as it came: the others may be about places where other people work."""
    return take_in(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace").decode(), SHOWN)


async def _find_meant(logistics: Logistics, told: ParsedNews) -> tuple[Document[Request], Leg] | None:
    """Find the leg that the news means, by our id of it or else by the outside system's number."""
    system = logistics.casework.system
    ways = (
        None if told.leg_id is None else find_by_leg(told.leg_id),
        None if told.number is None else find_by_number(system, told.number),
    )
    for where in ways:
        found = [] if where is None else await logistics.casework.documents.select(where, limit=1)
        for document in found:
            return document, next(leg for leg in document.state.legs if _is_meant(leg, told, system))
    return None


async def _take_news(
    logistics: Logistics, document: Document[Request], leg: Leg, mark: str, told: ParsedNews
) -> str | None:
    """Take in a row of news of this leg, once per mark; returns the code of the rule that kept it out, or None."""
    system = logistics.casework.system
    news = News(system, told.number, told.status, told.notes, told.word)
    because = Because(f"system:{system}", mark, document.id, logistics.casework.clock.now(), dedup_key=mark)
    try:
        await decide_because(
            logistics.casework, document.id, lambda request, ask: hear(request, ask, leg.id, news), because
        )
    except Refusal as refusal:
        if refusal.code not in TOO_LATE | ELSEWHERE:
            raise
        return refusal.code
    return None


async def _keep(
    logistics: Logistics, mark: str, text: str, told: ParsedNews, why: str, request: Request | None = None
) -> None:
    system = logistics.casework.system
    at = logistics.casework.clock.now()
    said = told.word or (told.status and told.status.value)
    news_id = derive_id(system, mark)
    await logistics.unplaced.keep(
        UnplacedNews(
            news_id,
            at,
            system,
            why,
            told.number,
            told.leg_id,
            text,
            said,
            told.notes,
            request_id=None if request is None else request.id,
            within=None if request is None else ancestors(request.place),
        )
    )


def _is_meant(leg: Leg, told: ParsedNews, system: str) -> bool:
    return leg.id == told.leg_id or (leg.remote_id, leg.system) == (told.number, system)
