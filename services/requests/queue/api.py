"""The desk's queue over HTTP."""

from typing import Annotated, Final

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from services.requests.casework.api.answers import Requests, Work
from services.requests.casework.domain.request import Need
from services.requests.casework.queries.views import QueueView, request_view
from services.requests.casework.store import NEWEST_FIRST
from services.requests.queue.queries import count_queue, list_queue
from services.requests.queue.store import QueueFilter
from shared.auth.dependency import Me
from shared.auth.permissions import CASES, roles
from shared.contracts.members import Role
from shared.contracts.places import PlaceId
from shared.contracts.stages import Kind, Stage
from shared.http import Router, cursor_of
from shared.words import Id
from shared.words import Query as Words

_QUEUE: Final = roles(*CASES.roles or (), Role.LEADER, Role.LOGISTICS)

router = Router(prefix="/api/requests", tags=["requests"])


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
    cursor: Annotated[str | None, cursor_of(NEWEST_FIRST)] = None
    limit: int = Field(default=20, ge=1, le=100)

    def wanted(self) -> QueueFilter:
        """Return the filters as the query takes them."""
        return QueueFilter(
            stages=tuple(self.stage),
            category=self.category,
            kind=self.kind,
            building=self.building,
            needs=self.needs,
            overdue=self.overdue,
            q=self.q,
            people=tuple(self.person),
        )


@router.get("/queue", allow=_QUEUE)
async def get_queue(
    me: Me,
    work: Work,
    requests: Requests,
    filters: Annotated[QueueFilters, Query()],
) -> QueueView:
    """List the requests that the desk works on, newest first, with counts on the first page."""
    page = NEWEST_FIRST.query(filters.cursor, filters.limit)
    found = await list_queue(work, me, filters.wanted(), page)
    return QueueView(
        items=tuple(request_view(seen) for seen in found.items),
        next_cursor=found.next_cursor,
        counts=await count_queue(work, requests, me) if page.position is None else None,
    )
