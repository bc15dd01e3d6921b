"""What the wall shows and offers to whom, and what is told of requests like the one that somebody is about to file."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, cast

from services.requests.casework.domain.permissions import WALL_KINDS, WALL_VISIBILITIES, sees
from services.requests.casework.domain.request import Ask, Caller, Request, Why
from services.requests.casework.handlers.casework import Casework
from services.requests.casework.store import NEWEST_FIRST, in_stages, unended, visible
from services.requests.catalogue.domain import category_of
from services.requests.wall.domain import MOST_SHOWN, STAGES_OF, Column, claimable_leg, visibilities_told
from shared.auth.actor import Actor
from shared.contracts.model import Model
from shared.contracts.stages import Kind, Stage, Visibility
from shared.keyset import PageQuery, Slice
from shared.refusal import Refusal
from shared.store.document import Document
from shared.store.mongo import Collection, Index

_ON_WALL: Final[Mapping[str, Any]] = {
    **visible(sorted(WALL_VISIBILITIES)),
    "state.kind": {"$in": sorted(kind.value for kind in WALL_KINDS)},
}


COUNTED: Final = 1000
"""How far a column is counted: the wall is looked at by many, and what was fulfilled grows for ever."""


class WallItem(Model):
    """What the wall tells of a request: neither whose it is nor the room, only the building.

    `leg_id` is a leg that the caller may claim now, or None; `stars` is the requester's rating, if they gave one.
    """

    id: str
    column: Column
    kind: Kind
    category: str
    title: str
    building: str | None
    urgent: bool
    filed_at: datetime
    closed_at: datetime | None
    stars: int | None
    mine: bool
    leg_id: str | None


class WallView(Model):
    """One page of a column, newest first; `counts` of all columns, each at most 1000, come with the first page."""

    items: tuple[WallItem, ...]
    next_cursor: str | None
    counts: Mapping[Column, int] | None


async def list_column(
    casework: Casework, column: Column, building: str | None, page: PageQuery
) -> Slice[Document[Request]]:
    """Return the requests of a column, newest first."""
    return await NEWEST_FIRST.page(casework.documents.select, _shown(column, building), page)


async def count_columns(requests: Collection, building: str | None) -> Mapping[Column, int]:
    """Count the requests of each column, up to `COUNTED`."""
    counts = await asyncio.gather(*(_count(requests, _shown(column, building)) for column in Column))
    return dict(zip(Column, counts, strict=True))


def wall_item(document: Document[Request], column: Column, ask: Ask) -> WallItem:
    """Return what the wall tells the caller of a request."""
    request = document.state
    return WallItem.of(
        request,
        column=column,
        stars=None if request.rating is None else request.rating.stars,
        mine=request.requester_id == ask.caller.id,
        leg_id=claimable_leg(request, ask),
    )


def _shown(column: Column, building: str | None) -> Mapping[str, Any]:
    where = {**_ON_WALL, **in_stages(STAGES_OF[column])}
    return where if building is None else {**where, "state.building": building}


async def _count(requests: Collection, where: Mapping[str, Any]) -> int:
    pipeline = [{"$match": where}, {"$limit": COUNTED}, {"$group": {"_id": None, "n": {"$sum": 1}}}]
    rows = await requests.aggregate(pipeline)
    return cast("int", rows[0]["n"]) if rows else 0


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
    return SimilarView(items=tuple(_similar_item(one.state, caller) for one in shown), more=len(found) > MOST_SHOWN)


def like(kind: Kind, place: str, mine: str, told: Iterable[Visibility]) -> Mapping[str, Any]:
    """Return the filter of open requests of a kind and place: one's own, and others' of these visibilities."""
    own_or_told = [{"state.requester_id": mine}, visible(sorted(told))]
    return {"state.place": place, "state.kind": kind.value, **unended(), "$or": own_or_told}


def _similar_item(request: Request, caller: Caller) -> SimilarItem:
    return SimilarItem.of(request, mine=request.requester_id == caller.id, opens=sees(request, caller))
