"""Send queued legs out, take news in, and ask about silent legs. Nothing is lost while the outside system is down."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol, assert_never

from services.requests.casework.domain import Ask, Command, Leg, Request, Why
from services.requests.casework.handlers import Casework, decide_because, decide_for_person
from services.requests.categories.domain import category_of
from services.requests.logistics.domain import (
    Away,
    News,
    Noted,
    Notice,
    Numbered,
    Order,
    Promised,
    RemoteStatus,
    Sent,
    Taken,
    Told,
    TurnedDown,
    acknowledge,
    await_number,
    check_sendable,
    fail_send,
    hear,
    is_owed,
    note_asked,
    note_told,
    note_untold,
    notice_of,
    read_row,
    take_number,
    whole_id,
)
from services.requests.logistics.store import find_by_leg, find_by_number, silent_since
from services.requests.numbers.domain import number_of
from services.requests.repeats.domain import Said
from services.requests.story.domain import Decision, find_leg, is_polled
from services.requests.unplaced.domain import KeptNews
from services.requests.unplaced.handlers import Kept
from shared.auth.actor import Actor
from shared.bus.outcome import Done, Outcome, Retry
from shared.contracts.places import ancestors
from shared.contracts.stages import LegState
from shared.ids import derive_id
from shared.refusal import Refusal
from shared.store.document import Because, Conflict, Document, Terms
from shared.words import take_in

TOO_LATE: Final = frozenset({Why.LEG_WRONG_STATE.value, Why.WRONG_STAGE.value})
"""Refusals of news that came too late to change anything."""
ELSEWHERE: Final = frozenset({Why.LEG_UNKNOWN.value, Why.SYSTEM_MISMATCH.value})
"""Refusals of news that belongs to no leg of ours."""
NOTHING_TOLD: Final = "hook.nothing_told"
"""Why a webhook without a row of news is kept."""
SHOWN: Final = 2000
"""How much of what came is kept for people to read."""
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

    async def status_of(self, remote_id: str) -> Told | None:
        """Return what it says of the number; None: it does not know it, or no answer."""
        ...


class Withdrawals(Protocol):
    """Where an outside system hears that a leg is no longer wanted."""

    async def tell(self, notice: Notice) -> Noted:
        """Tell it; telling it twice does it once."""
        ...


@dataclass(frozen=True, slots=True)
class Logistics:
    """The rooms of the outside legs."""

    casework: Casework
    outside: OutsideSystem
    withdrawals: Withdrawals
    kept: Kept
    poll_after: timedelta
    secret: str


async def dispatch_leg(logistics: Logistics, request_id: str, leg_id: str, because: Because) -> Outcome:
    """Send a queued leg out; a transient fault is tried again for ever, a refusal for good goes to the desk."""
    document = await logistics.casework.documents.load(request_id)
    if document is None:
        raise Refusal(Why.NOT_FOUND)
    request = document.state
    if find_leg(request, leg_id).state is LegState.DROPPED:
        return await withdraw_outside(logistics, request_id, leg_id, because, in_doubt=True)
    check_sendable(request, leg_id)
    category = category_of(request.category)
    address = await logistics.casework.learnt.address(request.place)
    sent = await logistics.outside.send(
        Order(
            leg_id,
            number_of(request.id, request.filed_at),
            category.id,
            category.name_zh,
            request.title,
            request.text,
            request.place,
            address,
        )
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


async def withdraw_outside(
    logistics: Logistics, request_id: str, leg_id: str, because: Because, *, in_doubt: bool = False
) -> Outcome:
    """Tell the outside system that a leg is no longer wanted, again and again while it is away.

    What it cannot be told goes to the desk. `in_doubt`: it may have been sent after that was told before.
    """
    document = await logistics.casework.documents.load(request_id)
    if document is None:
        raise Refusal(Why.NOT_FOUND)
    leg = find_leg(document.state, leg_id)
    if not is_owed(leg, in_doubt=in_doubt):
        return Done()
    noted = await logistics.withdrawals.tell(notice_of(document.state, leg, because.at))
    decide: Callable[[Request, Ask], Decision]
    match noted:
        case Away(reason, delay):
            return Retry(reason, delay)
        case Taken():
            decide = lambda request, ask: note_told(request, ask, leg)  # noqa: E731 - one line for each answer
        case TurnedDown(status):
            decide = lambda request, ask: note_untold(request, ask, leg, status)  # noqa: E731 - one line for each answer
        case _:
            assert_never(noted)
    await decide_because(logistics.casework, request_id, decide, because)
    return Done()


async def acknowledge_outside(
    casework: Casework, actor: Actor, request_id: str, leg_id: str, note: str, terms: Terms
) -> Document[Request]:
    """Let the desk write down that it settled with the outside system what could not be told it."""
    said = Said(Command.ACKNOWLEDGE_OUTSIDE, leg_id, {"note": note})
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: acknowledge(request, ask, leg_id, note), terms, said
    )


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
        await _keep(logistics, hook.id, hook.text, Told(), NOTHING_TOLD)
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


async def _find_meant(logistics: Logistics, told: Told) -> tuple[Document[Request], Leg] | None:
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


async def _take_news(logistics: Logistics, document: Document[Request], leg: Leg, mark: str, told: Told) -> str | None:
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
    logistics: Logistics, mark: str, text: str, told: Told, why: str, request: Request | None = None
) -> None:
    system = logistics.casework.system
    at = logistics.casework.clock.now()
    said = told.word or (told.status and told.status.value)
    news_id = derive_id(system, mark)
    await logistics.kept.keep(
        KeptNews(
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


def _is_meant(leg: Leg, told: Told, system: str) -> bool:
    return leg.id == told.leg_id or (leg.remote_id, leg.system) == (told.number, system)
