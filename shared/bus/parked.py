"""Parked events: set aside in the consumer's own database after they could not be handled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.store.mongo import Collection, Upsert

COLLECTION: Final = "parked"


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that a durable could not handle: its stream sequence, bytes, the reason and how often it was tried."""

    durable: str
    sequence: int
    subject: str
    raw: bytes
    reason: str
    attempts: int
    at: datetime


class Parking:
    """The parked events of one service."""

    def __init__(self, collection: Collection) -> None:
        """Keep them in this collection."""
        self._collection = collection

    async def put(self, event: ParkedEvent) -> None:
        """Keep the event; the same one parked twice is kept once."""
        row = {
            "durable": event.durable,
            "sequence": event.sequence,
            "subject": event.subject,
            "raw": event.raw,
            "reason": event.reason,
            "attempts": event.attempts,
            "at": event.at,
        }
        await self._collection.upsert_many([Upsert({"_id": f"{event.durable}:{event.sequence}"}, {"$set": row})])

    async def count(self) -> int:
        """Return how many events are parked."""
        return await self._collection.count({})
