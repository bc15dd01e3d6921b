"""Write down that somebody has dealt with a piece of kept news."""

from enum import StrEnum

from services.requests.unplaced.domain import Places, UnplacedNews, looked_for
from services.requests.unplaced.store import UnplacedStore
from shared.auth.actor import Actor
from shared.clock import Clock
from shared.contracts.members import Role
from shared.refusal import Refusal


class WhyNot(StrEnum):
    """Why a command about kept news is refused."""

    NOT_FOUND = "outside_news.not_found"


def places_of(actor: Actor) -> Places:
    """Return the places whose news the actor deals with: those that they work for."""
    return looked_for(actor.scope(Role.DESK, Role.LOGISTICS, Role.ADMIN))


async def settle_news(kept: UnplacedStore, clock: Clock, actor: Actor, news_id: str) -> UnplacedNews:
    """Take a piece of news out of the list of what is to be dealt with; done twice, the first counts."""
    settled = await kept.settle(places_of(actor), news_id, actor.id, clock.now())
    if settled is None:
        raise Refusal(WhyNot.NOT_FOUND)
    return settled
