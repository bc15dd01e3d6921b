"""The desk's queue over HTTP."""

from typing import Annotated, Final

from fastapi import Query
from pydantic import Field

from services.requests.casework.api.answers import Requests, Work
from services.requests.casework.queries.views import QueueView, request_view
from services.requests.casework.store import NEWEST_FIRST
from services.requests.queue.domain import QueueFilter
from services.requests.queue.queries import count_queue, list_queue
from shared.auth.dependency import Me
from shared.auth.permissions import CASES, roles
from shared.contracts.members import Role
from shared.http import Router, cursor_of

_QUEUE: Final = roles(*CASES.roles or (), Role.LEADER, Role.LOGISTICS)

router = Router(prefix="/api/requests", tags=["requests"])


class QueueQuery(QueueFilter):
    """Which page of the queue is asked for."""

    cursor: Annotated[str | None, cursor_of(NEWEST_FIRST)] = None
    limit: int = Field(default=20, ge=1, le=100)


@router.get("/queue", allow=_QUEUE)
async def get_queue(
    me: Me,
    work: Work,
    requests: Requests,
    filters: Annotated[QueueQuery, Query()],
) -> QueueView:
    """List the requests that the desk works on, newest first, with counts on the first page."""
    page = NEWEST_FIRST.query(filters.cursor, filters.limit)
    found = await list_queue(work, me, filters, page)
    return QueueView(
        items=tuple(request_view(seen) for seen in found.items),
        next_cursor=found.next_cursor,
        counts=await count_queue(work, requests, me) if page.position is None else None,
    )
