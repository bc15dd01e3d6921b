"""Send queued legs out, and tell of those that are no longer wanted. None is lost while that system is down."""

from collections.abc import Callable
from typing import assert_never

from services.requests.casework.domain.change import Decision
from services.requests.casework.domain.lifecycle import find_leg
from services.requests.casework.domain.number import number_of
from services.requests.casework.domain.request import Ask, Request
from services.requests.casework.handlers.casework import decide_because
from services.requests.catalogue.domain import category_of
from services.requests.logistics.domain.exchange import (
    Numbered,
    Order,
    Promised,
    Rejected,
    Taken,
    Unavailable,
    await_number,
    check_sendable,
    fail_send,
    take_number,
)
from services.requests.logistics.domain.withdrawing import is_owed, note_told, note_untold, notice_of
from services.requests.logistics.handlers.logistics import Logistics
from shared.bus.outcome import Done, Outcome, Retry
from shared.contracts.stages import LegState
from shared.refusal import found
from shared.store.document import Because


async def dispatch_leg(logistics: Logistics, request_id: str, leg_id: str, because: Because) -> Outcome:
    """Send a queued leg out; a transient fault is tried again for ever, a refusal for good goes to the desk."""
    document = found(await logistics.casework.documents.load(request_id))
    request = document.state
    if find_leg(request, leg_id).state is LegState.DROPPED:
        return await withdraw_outside(logistics, request_id, leg_id, because, in_doubt=True)
    check_sendable(request, leg_id)
    category = category_of(request.category)
    address = await logistics.casework.directory.address(request.place)
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
        case Unavailable(reason, delay):
            return Retry(reason, delay)
        case Numbered(remote_id):
            decide = lambda request, ask: take_number(request, ask, leg_id, remote_id)  # noqa: E731 - one line for each answer
        case Promised(token):
            decide = lambda request, ask: await_number(request, ask, leg_id, token)  # noqa: E731 - one line for each answer
        case Rejected(status):
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
    document = found(await logistics.casework.documents.load(request_id))
    leg = find_leg(document.state, leg_id)
    if not is_owed(leg, in_doubt=in_doubt):
        return Done()
    noted = await logistics.withdrawals.tell(notice_of(document.state, leg, because.at))
    decide: Callable[[Request, Ask], Decision]
    match noted:
        case Unavailable(reason, delay):
            return Retry(reason, delay)
        case Taken():
            decide = lambda request, ask: note_told(request, ask, leg)  # noqa: E731 - one line for each answer
        case Rejected(status):
            decide = lambda request, ask: note_untold(request, ask, leg, status)  # noqa: E731 - one line for each answer
        case _:
            assert_never(noted)
    await decide_because(logistics.casework, request_id, decide, because)
    return Done()
