"""Write down that somebody has dealt with a piece of kept news."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from services.requests.unplaced.domain import KeptNews, Places, looked_for
from shared.auth.actor import Actor
from shared.clock import Clock
from shared.contracts.members import Role
from shared.keyset import Position
from shared.refusal import Refusal


class WhyNot(StrEnum):
    """Why a command about kept news is refused."""

    NOT_FOUND = "outside_news.not_found"


class Kept(Protocol):
    """Where news is kept that could not be taken."""

    async def keep(self, news: KeptNews) -> None:
        """Keep a piece of news; the same one again is kept once."""
        ...

    async def waiting(self, at: Places, position: Position | None, limit: int) -> Sequence[KeptNews]:
        """Return what nobody has dealt with yet in these places, newest first."""
        ...

    async def count_waiting(self, at: Places) -> int:
        """Return how many nobody has dealt with yet in these places."""
        ...

    async def settle(self, places: Places, news_id: str, by: str, at: datetime) -> KeptNews | None:
        """Write down who has dealt with it, and when, unless somebody had; None: there is no such news there."""
        ...


def places_of(actor: Actor) -> Places:
    """Return the places whose news the actor deals with: those that they work for."""
    return looked_for(actor.scope(Role.DESK, Role.LOGISTICS, Role.ADMIN))


async def settle_news(kept: Kept, clock: Clock, actor: Actor, news_id: str) -> KeptNews:
    """Take a piece of news out of the list of what is to be dealt with; done twice, the first counts."""
    settled = await kept.settle(places_of(actor), news_id, actor.id, clock.now())
    if settled is None:
        raise Refusal(WhyNot.NOT_FOUND)
    return settled
