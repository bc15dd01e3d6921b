"""Documents on MongoDB: `{_id, version, heard, outbox, state}`, created in groups, changed under a version guard."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from shared.contracts.event import Event, Fact
from shared.finding import FORM
from shared.store.document import Because, Conflict, Created, Document, Origin, envelope, next_version
from shared.store.group_commit import GroupCommit
from shared.store.mongo import Collection, Index, Row

S = TypeVar("S")

HEARD_KEPT: Final = 400
"""Heard marks kept for each document; an event repeated after that many others is caught by the state tables."""

EPOCH: Final = datetime.fromtimestamp(0, UTC)
OUTBOX_INDEX: Final = Index(keys=(("outbox.at", 1),), partial={"outbox.0": {"$exists": True}})


class Unsent(Struct, frozen=True):
    """Facts of one commit that the relay should publish now and clear from the document afterwards."""

    collection: Collection
    document_id: str
    events: Sequence[tuple[str, str, bytes]]
    """(event id, NATS subject, bytes) in order."""


KEYS: Final = "found.by"
"""Where the keys of a document stand, by which `shared.finding` finds it."""
KEYS_FORM: Final = "found.form"
KEYS_INDEX: Final = Index(keys=((KEYS_FORM, 1),))
"""Finds the documents whose keys are still to be made."""
KeysOf = Callable[[S], Sequence[str]]
"""Returns the keys of a state; see `shared.finding`."""

Offer = Callable[[Unsent], None]
"""Hands unsent facts to the relay; must not block."""


def to_entries(events: Sequence[Event[Fact]]) -> list[Row]:
    """Return the outbox entries of these events."""
    return [
        {"id": event.id, "at": event.time, "subject": event.nats_subject, "raw": event.to_json()} for event in events
    ]


class MongoDocuments(Generic[S]):
    """Aggregates of one kind in one collection (implements `shared.store.document.Documents`)."""

    def __init__(
        self, collection: Collection, kind: type[S], *, source: str, offer: Offer, keys: KeysOf[S] | None = None
    ) -> None:
        """Keep states of type `kind`; `source` is the CloudEvents source of their facts, `keys` find them again."""
        self.collection = collection
        self._kind = kind
        self._origin = Origin(source, collection.name)
        self._offer = offer
        self._keys = keys
        self._group = GroupCommit(collection.insert_many)

    async def load(self, document_id: str) -> Document[S] | None:
        """Return the document, or None."""
        row = await self.collection.find_one({"_id": document_id})
        return None if row is None else self._read(row)

    async def create(self, document_id: str, state: S, facts: Sequence[Fact], because: Because) -> Created[S]:
        """Write a new document durably with its facts, or return the one that already has this id."""
        version = next_version(0, facts)
        entries = to_entries(envelope(self._origin, document_id, 0, facts, because))
        heard = [] if because.dedup_key is None else [because.dedup_key]
        row: Row = {"_id": document_id, "version": version, "heard": heard, "outbox": entries, **self._cells(state)}
        if await self._group.add(row):
            self._tell(document_id, entries)
            return Created(Document(document_id, version, state, tuple(heard)), fresh=True)
        existing = await self.load(document_id)
        if existing is None:
            raise Conflict(document_id)
        return Created(existing, fresh=False)

    async def commit(self, document: Document[S], state: S, facts: Sequence[Fact], because: Because) -> Document[S]:
        """Replace the state and add the facts in one write, if the version has not moved; else raises `Conflict`."""
        if because.dedup_key is not None and because.dedup_key in document.heard:
            return document
        version = next_version(document.version, facts)
        entries = to_entries(envelope(self._origin, document.id, document.version, facts, because))
        update: dict[str, Any] = {"$set": {"version": version, **self._cells(state)}}
        push: dict[str, Any] = {}
        if entries:
            push["outbox"] = {"$each": entries}
        if because.dedup_key is not None:
            push["heard"] = {"$each": [because.dedup_key], "$slice": -HEARD_KEPT}
        if push:
            update["$push"] = push
        if not await self.collection.update_one({"_id": document.id, "version": document.version}, update):
            raise Conflict(document.id)
        self._tell(document.id, entries)
        heard = document.heard if because.dedup_key is None else (*document.heard, because.dedup_key)
        return Document(document.id, version, state, heard)

    async def complete(self, document: Document[S], state: S) -> bool:
        """Write what a state of an earlier release lacked; False when the document was changed meanwhile.

        It is guarded by the version, which stays: nothing has happened to it, and nobody is told.
        """
        same = {"_id": document.id, "version": document.version}
        return await self.collection.update_one(same, {"$set": self._cells(state)})

    async def select(
        self, where: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Document[S]]:
        """Return the documents that match."""
        rows = await self.collection.find(where, sort=sort, limit=limit, fields=("_id", "version", "heard", "state"))
        return [self._read(row) for row in rows]

    async def make_keys(self, limit: int) -> int:
        """Make the keys of up to so many documents that were written without, or in an older form; return how many.

        Each is guarded by its version, which stays: the keys say nothing that the state does not.
        """
        if self._keys is None:
            return 0
        older = {KEYS_FORM: {"$in": [None, *range(FORM)]}}
        rows = await self.collection.find(older, limit=limit, fields=("_id", "version", "heard", "state"))
        for row in rows:
            cells = self._cells(self._read(row).state)
            await self.collection.update_one(
                {"_id": row["_id"], "version": row["version"]}, {"$set": {"found": cells["found"]}}
            )
        return len(rows)

    def _cells(self, state: S) -> Row:
        """Return what a commit writes of a state: itself, and in the same write the keys by which it is found."""
        if self._keys is None:
            return {"state": _plain(state)}
        return {"state": _plain(state), "found": {"by": list(self._keys(state)), "form": FORM}}

    def _tell(self, document_id: str, entries: Sequence[Row]) -> None:
        if entries:
            self._offer(Unsent(self.collection, document_id, _events(entries)))

    def _read(self, row: Row) -> Document[S]:
        return Document(
            id=row["_id"],
            version=row["version"],
            state=msgspec.convert(row["state"], self._kind),
            heard=tuple(row["heard"]),
        )


def _plain(state: object) -> Any:
    return msgspec.to_builtins(state, builtin_types=(datetime,))


async def unsent(collection: Collection, before: datetime, limit: int) -> list[Unsent]:
    """Return what a crash or an outage left unsent in the collection since before the given moment, oldest first."""
    rows = await collection.find(
        {"outbox.0": {"$exists": True}, "outbox.at": {"$lt": before}},
        sort=[("outbox.at", 1)],
        limit=limit,
        fields=("_id", "outbox"),
    )
    return [Unsent(collection, row["_id"], _events(row["outbox"])) for row in rows]


async def backlog(collection: Collection) -> int:
    """Return how many documents of the collection hold facts that are not cleared yet."""
    return await collection.count({"outbox.0": {"$exists": True}, "outbox.at": {"$gt": EPOCH}})


def _events(entries: Sequence[Row]) -> list[tuple[str, str, bytes]]:
    return [(entry["id"], entry["subject"], bytes(entry["raw"])) for entry in entries]
