"""Sessions that ended before their token expires: heard as facts, kept for as long as tokens live, asked at every call.

One replica hears a fact and writes it into the service's own database; every replica reads what is new there once a
second. So the question at a call is two or three look-ups in a dictionary, and no service asks another.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from shared.auth.actor import Session
from shared.clock import Clock
from shared.contracts.event import Event
from shared.contracts.members import SessionsEnded
from shared.store.merging import News, merge_newer
from shared.store.mongo import Collection, Index

COLLECTION: Final = "sessions_ended"
INDEXES: Final = (Index((("learnt_at", 1),)), Index((("forget_at", 1),), expire_after=0))
"""What is new, by the store's clock; and what the store itself deletes once every token it means has expired."""
OVERLAP: Final = timedelta(seconds=10)
"""How far before the newest row seen the next reading begins: for writes that were under way then."""


class EndedSessions:
    """Which sessions ended, for one process: a dictionary in memory that follows a small collection."""

    def __init__(self, rows: Collection, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock
        self._below: dict[str, tuple[int, datetime]] = {}
        self._newest: datetime | None = None

    def has(self, session: Session) -> bool:
        """Tell whether the session ended, as far as this process knows."""
        for key, number in session.keys:
            ended = self._below.get(key)
            if ended is not None and number < ended[0]:
                return True
        return False

    async def learn(self, events: Sequence[Event[SessionsEnded]]) -> None:
        """Learn from facts, in any order and any number of times: the highest number under a key counts."""
        now = self._clock.now()
        told = [event.data for event in events if event.data.forget_at > now]
        news = [News(fact.key, fact.below, {"person_id": fact.person_id, "forget_at": fact.forget_at}) for fact in told]
        await merge_newer(self._rows, news, version="below", touched="learnt_at")
        self._take((fact.key, fact.below, fact.forget_at) for fact in told)

    async def follow(self) -> None:
        """Read what any replica learnt since the last reading (everything, the first time); forget what expired."""
        now = self._clock.now()
        since = self._newest
        where: Mapping[str, Any] = (
            {"forget_at": {"$gt": now}} if since is None else {"learnt_at": {"$gte": since - OVERLAP}}
        )
        rows = await self._rows.find(where)
        self._take((row["_id"], row["below"], row["forget_at"]) for row in rows)
        self._newest = max((row["learnt_at"] for row in rows), default=since)
        for key in [key for key, (_, forget_at) in self._below.items() if forget_at <= now]:
            del self._below[key]

    def _take(self, ended: Iterable[tuple[str, int, datetime]]) -> None:
        for key, below, forget_at in ended:
            known = self._below.get(key)
            if known is None or known[0] < below:
                self._below[key] = (below, forget_at)
