"""Looking at requests: one, my own, those with my legs."""

from typing import Literal

from fastapi import Response

from services.requests.casework.api.answers import NewestFirst, Work
from services.requests.casework.queries.requests import list_mine, list_my_legs, show_request
from services.requests.casework.queries.views import MyLegView, RequestView, my_leg_view, request_view
from shared.auth.dependency import Me
from shared.auth.permissions import SIGNED_IN
from shared.http import Page, Router, etag, page_of

router = Router(
    prefix="/api/requests",
    tags=["requests"],
    about="Looking at requests: one, one's own, the legs that one serves, the queue of the desk.",
)


@router.get("/mine", allow=SIGNED_IN)
async def get_mine(me: Me, work: Work, page: NewestFirst) -> Page[RequestView]:
    """List my own requests, newest first."""
    return page_of(await list_mine(work, me, page), request_view)


@router.get("/my-legs", allow=SIGNED_IN)
async def get_my_legs(
    me: Me, work: Work, page: NewestFirst, state: Literal["active", "all"] = "active"
) -> Page[MyLegView]:
    """List the legs that were offered to me or that I serve; `all` adds those that I served."""
    found = await list_my_legs(work, me, page, active=state == "active")
    items = [my_leg_view(seen, leg) for seen, legs in found.items for leg in legs]
    return Page(items=items, next_cursor=found.next_cursor)


@router.get("/{request_id}", allow=SIGNED_IN)
async def get_request(request_id: str, me: Me, work: Work, response: Response) -> RequestView:
    """Show one request."""
    seen = await show_request(work, me, request_id)
    etag(response, seen.document.version)
    return request_view(seen)
