"""Looking at requests: one, my own, my legs, the desk's queue."""

from typing import Annotated, Final, Literal

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.requests.casework.domain import Need
from services.requests.casework.queries import count_queue, list_mine, list_my_legs, list_queue, show_request
from services.requests.casework.store import NEWEST_FIRST, Wanted
from services.requests.views.api import Cursor, Limit, Requests, Work, next_cursor
from services.requests.views.queries import (
    MyLegView,
    QueueView,
    RequestView,
    my_leg_view,
    request_view,
)
from shared.auth.dependency import Me
from shared.auth.permissions import CASES, SIGNED_IN, roles
from shared.contracts.members import Role
from shared.contracts.places import PlaceId
from shared.contracts.stages import Kind, Stage
from shared.http import Page, Router, etag
from shared.words import Id
from shared.words import Query as Words

_QUEUE: Final = roles(*CASES.roles or (), Role.LEADER, Role.LOGISTICS)

router = Router(
    prefix="/api/requests",
    tags=["requests"],
    about="Looking at requests: one, one's own, the legs that one serves, the queue of the desk.",
)


_SOUGHT: Final = "Words of the number, the title or the place; for who acts for the desk, of the requester too."
_PEOPLE: Final = "Repeatable, for who acts for the desk: whose requests; beside `q`, theirs too."


class QueueFilters(BaseModel):
    """What the queue is narrowed to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: list[Stage] = Field(default=[], description="Repeatable; without it, what has not ended.")
    category: Id | None = None
    kind: Kind | None = None
    building: PlaceId | None = None
    needs: Need | None = None
    overdue: bool | None = None
    q: Words | None = Field(default=None, description=_SOUGHT)
    person: list[Id] = Field(default=[], max_length=20, description=_PEOPLE)
    cursor: Cursor = None
    limit: int = Field(default=20, ge=1, le=100)

    def wanted(self) -> Wanted:
        """Return the filters as the query takes them."""
        return Wanted(
            stages=tuple(self.stage),
            category=self.category,
            kind=self.kind,
            building=self.building,
            needs=self.needs,
            overdue=self.overdue,
            q=self.q,
            people=tuple(self.person),
        )


@router.get("/mine", allow=SIGNED_IN)
async def get_mine(me: Me, work: Work, cursor: Cursor = None, limit: Limit = 20) -> Page[RequestView]:
    """List my own requests, newest first."""
    found = await list_mine(work, me, NEWEST_FIRST.position(cursor), limit + 1)
    return Page(
        items=[request_view(seen) for seen in found[:limit]],
        next_cursor=next_cursor([seen.document for seen in found], limit),
    )


@router.get("/my-legs", allow=SIGNED_IN)
async def get_my_legs(
    me: Me,
    work: Work,
    state: Literal["active", "all"] = "active",
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[MyLegView]:
    """List the legs that were offered to me or that I serve; `all` adds those that I served."""
    found = await list_my_legs(work, me, NEWEST_FIRST.position(cursor), limit + 1, active=state == "active")
    items = [my_leg_view(seen, leg) for seen, legs in found[:limit] for leg in legs]
    return Page(items=items, next_cursor=next_cursor([seen.document for seen, _ in found], limit))


@router.get("/queue", allow=_QUEUE)
async def get_queue(
    me: Me,
    work: Work,
    requests: Requests,
    filters: Annotated[QueueFilters, Query()],
) -> QueueView:
    """List the requests that the desk works on, newest first, with counts on the first page."""
    found = await list_queue(work, me, filters.wanted(), NEWEST_FIRST.position(filters.cursor), filters.limit + 1)
    counts = await count_queue(work, requests, me) if filters.cursor is None else None
    return QueueView(
        items=tuple(request_view(seen) for seen in found[: filters.limit]),
        next_cursor=next_cursor([seen.document for seen in found], filters.limit),
        counts=counts,
    )


@router.get("/{request_id}", allow=SIGNED_IN)
async def get_request(request_id: str, me: Me, work: Work, response: Response) -> RequestView:
    """Show one request."""
    seen = await show_request(work, me, request_id)
    etag(response, seen.document.version)
    return request_view(seen)
