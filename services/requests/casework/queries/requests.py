"""What we show of requests, and to whom."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from services.requests.casework.domain.lifecycle import LEG_STAGE
from services.requests.casework.domain.permissions import Relation, permissions_of, sees, sees_wholly
from services.requests.casework.domain.request import Ask, Command, Leg, Request, Why
from services.requests.casework.handlers.casework import Casework
from services.requests.casework.store import NEWEST_FIRST, helped_by
from shared.auth.actor import Actor
from shared.contracts.stages import LegState, Visibility
from shared.keyset import PageQuery, Slice
from shared.refusal import Refusal, found
from shared.store.document import Document

ACTIVE: Final = (LegState.OFFERED, LegState.ACCEPTED, LegState.STARTED)
"""Leg states in which a helper has something to do."""


class VisibleRequest(Struct, frozen=True):
    """A request as somebody sees it: what they may do now, and whose id they are not shown."""

    document: Document[Request]
    may: tuple[Command, ...]
    leg_may: Mapping[str, tuple[Command, ...]]
    masked: bool


def seen_by(document: Document[Request], ask: Ask) -> VisibleRequest:
    """Return the request as the caller sees it now."""
    request = document.state
    caller = permissions_of(request, ask)
    concerned = caller.who - {Relation.VOLUNTEER, Relation.LOGISTICS} or any(
        leg.helper_id == ask.caller.id for leg in request.legs
    )
    told = request.visibility is Visibility.PUBLIC and sees_wholly(request, ask.caller)
    masked = not (told or concerned)
    return VisibleRequest(document, caller.may, caller.on_legs, masked=masked)


async def show_request(casework: Casework, actor: Actor, request_id: str) -> VisibleRequest:
    """Return one request; refuses an unknown one, and one that the caller may not see."""
    document = found(await casework.documents.load(request_id))
    ask = casework.ask(actor)
    if not sees(document.state, ask.caller):
        raise Refusal(Why.NOT_YOURS)
    return seen_by(document, ask)


async def list_mine(casework: Casework, actor: Actor, page: PageQuery) -> Slice[VisibleRequest]:
    """Return the caller's own requests, newest first."""
    return await list_requests(casework, actor, {"state.requester_id": actor.id}, page)


async def list_my_legs(
    casework: Casework, actor: Actor, page: PageQuery, *, active: bool
) -> Slice[tuple[VisibleRequest, list[Leg]]]:
    """Return the requests with a leg of the caller, newest first, each with these legs."""
    states = ACTIVE if active else tuple(LEG_STAGE)

    def with_legs(seen: VisibleRequest) -> tuple[VisibleRequest, list[Leg]]:
        legs = seen.document.state.legs
        return seen, [leg for leg in legs if leg.helper_id == actor.id and leg.state in states]

    return (await list_requests(casework, actor, helped_by(actor.id, states), page)).map(with_legs)


async def list_requests(
    casework: Casework, actor: Actor, where: Mapping[str, Any], page: PageQuery
) -> Slice[VisibleRequest]:
    """Return what matches as the caller sees it, newest first."""
    ask = casework.ask(actor)
    found = await NEWEST_FIRST.page(casework.documents.select, where, page)
    return found.map(lambda document: seen_by(document, ask))
