"""What the wall shows, and to whom it offers what."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from services.requests.casework.domain.permissions import WALL_KINDS, WALL_VISIBILITIES
from services.requests.casework.domain.request import Ask, Request
from services.requests.casework.handlers.casework import Casework
from services.requests.casework.store import NEWEST_FIRST, in_stages, visible
from services.requests.wall.domain.columns import STAGES_OF, Column, claimable_leg
from shared.contracts.model import Model
from shared.contracts.stages import Kind
from shared.keyset import PageQuery, Slice
from shared.store.document import Document
from shared.store.mongo import Collection

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
