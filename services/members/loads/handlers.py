"""How many open legs each person has, learnt from `requests`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.contracts.event import Event
from shared.contracts.requests.leg import LegAccepted, LegFact, LegOffered, LegStarted


@dataclass(frozen=True, slots=True)
class LegNews:
    """What one event says about one leg: who has it while it is `open`; `until` None unless that lapses by itself."""

    leg_id: str
    version: int
    helper_id: str | None
    open: bool
    until: datetime | None = None


class Loads(Protocol):
    """The number of open legs of each helper, learnt by merging: of two pieces of news, the higher version counts."""

    async def learn(self, news: Sequence[LegNews]) -> None:
        """Merge news, in any order and any number of times."""
        ...

    async def count(self, now: datetime, ids: Sequence[str] | None = None) -> Mapping[str, int]:
        """Return how many open legs people have (those of `ids`, or everybody); nobody with none is listed."""
        ...


async def learn_loads(loads: Loads, events: Sequence[Event[LegFact]]) -> None:
    """Learn who has which legs from what happened to them."""
    await loads.learn([news_of(event) for event in events])


def news_of(event: Event[LegFact]) -> LegNews:
    """Return what an event says about a leg: offered, accepted and started legs are open, all others are not."""
    fact = event.data
    if isinstance(fact, LegOffered | LegAccepted | LegStarted):
        return LegNews(fact.leg_id, event.version, fact.helper_id, open=True)
    return LegNews(fact.leg_id, event.version, None, open=False)
