"""The wall over HTTP, and what is asked for already before one more is filed."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from services.requests.casework.api.answers import Requests, Work
from services.requests.casework.store import NEWEST_FIRST
from services.requests.wall.domain import Column
from services.requests.wall.queries import SimilarView, WallView, count_columns, find_similar, list_column, wall_item
from shared.auth.dependency import Me
from shared.auth.permissions import SIGNED_IN
from shared.contracts.places import PlaceId
from shared.http import Router, cursor_of
from shared.words import Id

router = Router(prefix="/api/requests", tags=["wall"], about="What is wished for in public, by nobody's name.")


class WallFilters(BaseModel):
    """Which part of the wall is wanted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Column = Column.WAITING
    building: PlaceId | None = None
    cursor: Annotated[str | None, cursor_of(NEWEST_FIRST)] = None
    limit: int = Field(default=20, ge=1, le=100)


@router.get("/wall", allow=SIGNED_IN)
async def get_wall(me: Me, work: Work, requests: Requests, filters: Annotated[WallFilters, Query()]) -> WallView:
    """List a column of the wall: public wishes and studies, newest first, by nobody's name."""
    page = NEWEST_FIRST.query(filters.cursor, filters.limit)
    found = await list_column(work, filters.column, filters.building, page)
    ask = work.ask(me)
    return WallView(
        items=tuple(wall_item(document, filters.column, ask) for document in found.items),
        next_cursor=found.next_cursor,
        counts=await count_columns(requests, filters.building) if page.position is None else None,
    )


similar_router = Router(prefix="/api/requests", tags=["filing"])


@similar_router.get("/similar", allow=SIGNED_IN)
async def get_similar(
    me: Me, work: Work, category: Annotated[Id, Query()], place: Annotated[PlaceId | None, Query()] = None
) -> SimilarView:
    """Show what is already asked for there, before one more is filed; without `place`, in the caller's own room."""
    return await find_similar(work, me, category, place)
