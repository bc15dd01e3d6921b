"""What outside systems told that could not be taken, for the desk and for logistics."""

from datetime import datetime
from typing import Annotated, Final

from services.requests.casework.api.answers import Work
from services.requests.unplaced.handlers import places_of, settle_news
from services.requests.unplaced.store import NEWEST_FIRST, UnplacedStore
from shared.auth.dependency import Me
from shared.auth.permissions import roles
from shared.contracts.members import Role
from shared.http import PageQuery, Router, View, paged
from shared.topic import part

_OUTSIDE: Final = roles(Role.DESK, Role.LOGISTICS, Role.ADMIN)

router = Router(prefix="/api/requests/outside-news", tags=["desk"])


class OutsideNewsItem(View):
    """News that could not be taken: when it came, the code of the rule, the numbers that it names, and what it said.

    `word` is the outside system's own word for the status, `notes` what it says to it, as far as they were understood;
    `text` is the message as it came. `request_id` is the request that it is about, where that is known; `settled_by`
    has dealt with it.
    """

    id: str
    at: datetime
    system: str
    why: str
    number: str | None
    leg_id: str | None
    request_id: str | None
    text: str
    word: str | None
    notes: str | None
    settled_at: datetime | None
    settled_by: str | None


class OutsideNewsView(View):
    """One page of what nobody has dealt with yet, newest first, and how many there are; kept for ninety days."""

    items: tuple[OutsideNewsItem, ...]
    next_cursor: str | None
    waiting: int


News = Annotated[UnplacedStore, part(UnplacedStore)]


@router.get("", allow=_OUTSIDE)
async def get_outside_news(me: Me, news: News, page: Annotated[PageQuery, paged(NEWEST_FIRST)]) -> OutsideNewsView:
    """List what outside systems told and what could not be taken, until somebody has dealt with it."""
    found = await news.waiting(places_of(me), page)
    return OutsideNewsView(
        items=tuple(OutsideNewsItem.of(one) for one in found.items),
        next_cursor=found.next_cursor,
        waiting=await news.count_waiting(places_of(me)),
    )


@router.post("/{news_id}/settlement", allow=_OUTSIDE)
async def post_settlement(news_id: str, me: Me, work: Work, news: News) -> OutsideNewsItem:
    """Write down that somebody has dealt with it; done twice, the first counts."""
    return OutsideNewsItem.of(await settle_news(news, work.clock, me, news_id))
