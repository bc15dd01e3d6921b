"""What is told of requests that are like the one that somebody is about to file."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from services.requests.casework.domain.permissions import sees
from services.requests.casework.domain.request import Caller, Request, Why
from services.requests.casework.handlers.casework import Casework
from services.requests.casework.store import NEWEST_FIRST, unended, visible
from services.requests.catalogue.domain import category_of
from services.requests.wall.domain.similar import MOST_SHOWN, visibilities_told
from shared.auth.actor import Actor
from shared.contracts.model import Model
from shared.contracts.stages import Kind, Stage, Visibility
from shared.refusal import Refusal
from shared.store.mongo import Index

INDEX: Final = Index(keys=(("state.place", 1), ("state.kind", 1), ("state.stage", 1), *NEWEST_FIRST.sort))


class SimilarItem(Model):
    """An open request of the same place and kind, by nobody's name; `opens` tells whether the caller may open it."""

    id: str
    category: str
    title: str
    stage: Stage
    filed_at: datetime
    mine: bool
    opens: bool


class SimilarView(Model):
    """The newest open requests of the same place and kind; `more` when there are others."""

    items: tuple[SimilarItem, ...]
    more: bool


async def find_similar(casework: Casework, actor: Actor, category_id: str, place: str | None) -> SimilarView:
    """Return the open requests of the place and of the category's kind; the place is the caller's room unless named.

    Raises `Refusal` for an unknown category, and for somebody without a room who names no place.
    """
    kind = category_of(category_id).kind
    at = place or actor.place
    if at is None:
        raise Refusal(Why.PLACE_MISSING)
    caller = casework.caller(actor)
    where = like(kind, at, caller.id, visibilities_told(caller, actor.place, at))
    found = await casework.documents.select(where, sort=NEWEST_FIRST.sort, limit=MOST_SHOWN + 1)
    shown = found[:MOST_SHOWN]
    return SimilarView(items=tuple(_item(one.state, caller) for one in shown), more=len(found) > MOST_SHOWN)


def like(kind: Kind, place: str, mine: str, told: Collection[Visibility]) -> Mapping[str, Any]:
    """Return the filter of open requests of a kind and place: one's own, and others' of these visibilities."""
    own_or_told = [{"state.requester_id": mine}, visible(sorted(told))]
    return {"state.place": place, "state.kind": kind.value, **unended(), "$or": own_or_told}


def _item(request: Request, caller: Caller) -> SimilarItem:
    return SimilarItem.of(request, mine=request.requester_id == caller.id, opens=sees(request, caller))
