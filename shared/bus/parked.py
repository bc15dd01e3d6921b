"""Parked events: set aside in the consumer's own database after they could not be handled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.keyset import Key, Order, PageQuery, Slice
from shared.store.mongo import Collection, Index, Row, Upsert

COLLECTION: Final = "parked"
INDEXES: Final = (Index((("waiting", 1), ("durable", 1))), Index((("at", -1), ("_id", -1))))
LONGEST_REASON: Final = 2_000

_WAITING: Final[Mapping[str, Any]] = {"waiting": {"$ne": False}}


@dataclass(frozen=True, slots=True)
class Discarded:
    """Who decided that a parked event is not to be handled, when, and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that a durable could not handle: its stream sequence, bytes, the reason and how often it was tried.

    `at` is when it was parked first, `tried_at` when it was tried last (None: when it was parked).
    """

    durable: str
    sequence: int
    subject: str
    raw: bytes
    reason: str
    attempts: int
    at: datetime
    tried_at: datetime | None = None
    discarded: Discarded | None = None

    @property
    def id(self) -> str:
        """Return `<durable>:<sequence>`: the same event parked twice is kept once."""
        return f"{self.durable}:{self.sequence}"


@dataclass(frozen=True, slots=True)
class Which:
    """Which parked events to list: those that wait or those that were discarded, of one durable or of all."""

    durable: str | None = None
    discarded: bool = False


LATEST_FIRST: Final = Order((Key("at", datetime, descending=True), Key("_id", str, descending=True)))
"""The order of parked events: those that were parked last first."""


class Parking:
    """The parked events of one service. A discarded one is kept, with its reason, and no longer waits."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def put(self, event: ParkedEvent) -> None:
        """Keep the event; parked twice, it is kept once, and one that was discarded stays so."""
        row = {
            "durable": event.durable,
            "sequence": event.sequence,
            "subject": event.subject,
            "raw": event.raw,
            "reason": storable(event.reason),
            "tried_at": event.at,
        }
        update = {"$set": row, "$max": {"attempts": event.attempts}, "$setOnInsert": {"at": event.at, "waiting": True}}
        await self._collection.upsert_many([Upsert({"_id": event.id}, update)])

    async def find(self, parked_id: str) -> ParkedEvent | None:
        """Return the event with this id, discarded or not, or None."""
        row = await self._collection.find_one({"_id": parked_id})
        return None if row is None else _read(row)

    async def page(self, which: Which, page: PageQuery) -> Slice[ParkedEvent]:
        """Return a page of events, those that were parked last first."""
        where: dict[str, Any] = {"waiting": False} if which.discarded else dict(_WAITING)
        if which.durable is not None:
            where["durable"] = which.durable
        return (await LATEST_FIRST.page(self._collection.find, where, page)).map(_read)

    async def counts(self) -> dict[str, int]:
        """Return how many events wait, by durable."""
        grouped = {"$group": {"_id": "$durable", "waiting": {"$sum": 1}}}
        return {row["_id"]: row["waiting"] for row in await self._collection.aggregate([{"$match": _WAITING}, grouped])}

    async def tried(self, parked_id: str, reason: str, at: datetime) -> ParkedEvent | None:
        """Note that it was tried once more in vain; None when it is parked no longer."""
        update = {"$set": {"reason": storable(reason), "tried_at": at}, "$inc": {"attempts": 1}}
        await self._collection.update_one({"_id": parked_id}, update)
        return await self.find(parked_id)

    async def forget(self, parked_id: str) -> bool:
        """Delete an event that was handled after all; False when somebody did so, or discarded it, meanwhile."""
        return await self._collection.delete({"_id": parked_id, **_WAITING}) > 0

    async def discard(self, parked_id: str, discarded: Discarded) -> bool:
        """Keep the event as discarded; False when it is parked no longer, or was discarded before."""
        told = {"by": discarded.by, "at": discarded.at, "reason": storable(discarded.reason)}
        return await self._collection.update_one(
            {"_id": parked_id, **_WAITING}, {"$set": {"waiting": False, "discarded": told}}
        )


def storable(reason: str) -> str:
    """Return words about a fault in a form that any store takes: not endless, and with no half characters."""
    return reason[:LONGEST_REASON].encode("utf-8", "replace").decode()


def _read(row: Row) -> ParkedEvent:
    told: Mapping[str, Any] | None = row.get("discarded")
    return ParkedEvent(
        durable=row["durable"],
        sequence=row["sequence"],
        subject=row["subject"],
        raw=bytes(row["raw"]),
        reason=row["reason"],
        attempts=row["attempts"],
        at=row["at"],
        tried_at=row.get("tried_at"),
        discarded=None if told is None else Discarded(told["by"], told["at"], told["reason"]),
    )
