"""MongoDB: the only module that imports the driver. Motor by default, PyMongo's async client by a setting.

Only calls that both drivers offer are used, so that leaving Motor (out of support on 2027-05-14) changes one line.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, DeleteOne, ReadPreference, UpdateOne, WriteConcern
from pymongo.errors import BulkWriteError, PyMongoError, WriteError
from pymongo.read_concern import ReadConcern

StoreError = PyMongoError
"""Any trouble with the store: refused, unreachable, timed out."""

_DUPLICATE_KEY: Final = 11000
_NEVER: Final = frozenset({2, 9, 14, 28, 40, 66, 121, 10334, 17419, 17420})
"""The server's codes for a write that no second try can help: a value or type that does not fit, a document too big."""
_SELECTION_TIMEOUT_MS: Final = 5_000
_DURABLE = WriteConcern(w="majority", j=True)
_RELAXED = WriteConcern(w=1, j=False)
_KEPT = ReadConcern("majority")
"""Reads see only what no loss of a server takes back: an outbox or a heard mark that vanished later would be a lie."""

Row = dict[str, Any]
Update = Mapping[str, Any] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Index:
    """An index: `keys` as (field, 1 | -1), optionally unique, optionally only over documents that match `partial`.

    With `expire_after` the store itself deletes a document so many seconds after the moment in the one key field.
    """

    keys: Sequence[tuple[str, int]]
    unique: bool = False
    partial: Mapping[str, Any] | None = None
    expire_after: int | None = None


@dataclass(frozen=True, slots=True)
class Upsert:
    """One write of a bulk: an update (or pipeline) of what matches `where`, inserted when absent."""

    where: Mapping[str, Any]
    update: Update


class Collection:
    """One collection, in the words that both drivers share. Reads see what a majority has; writes are durable."""

    def __init__(self, raw: Any) -> None:
        options: CodecOptions[Any] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self._raw = raw.with_options(
            codec_options=options,
            write_concern=_DURABLE,
            read_concern=_KEPT,
            read_preference=ReadPreference.PRIMARY,
        )
        self._relaxed = raw.with_options(codec_options=options, write_concern=_RELAXED)

    @property
    def name(self) -> str:
        """Return the collection's name."""
        return str(self._raw.name)

    async def ensure_index(self, index: Index) -> None:
        """Make the index unless it is there."""
        options: dict[str, Any] = {"unique": index.unique}
        if index.partial is not None:
            options["partialFilterExpression"] = index.partial
        if index.expire_after is not None:
            options["expireAfterSeconds"] = index.expire_after
        await self._raw.create_index(list(index.keys), **options)

    async def find(
        self,
        where: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        skip: int = 0,
        fields: Sequence[str] = (),
    ) -> list[Row]:
        """Return what matches; `limit` 0 means all, `fields` narrows what is read."""
        cursor = self._raw.find(where, projection=list(fields) or None, limit=limit, skip=skip)
        if sort:
            cursor = cursor.sort(list(sort))
        return await cursor.to_list(None)

    async def find_one(self, where: Mapping[str, Any]) -> Row | None:
        """Return one document that matches, or None."""
        return await self._raw.find_one(where)

    async def count(self, where: Mapping[str, Any]) -> int:
        """Return how many documents match."""
        return int(await self._raw.count_documents(where))

    async def aggregate(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Return the answer of an aggregation pipeline."""
        cursor = self._raw.aggregate(list(pipeline))
        if inspect.isawaitable(cursor):
            cursor = await cursor
        return await cursor.to_list(None)

    async def insert_many(self, rows: Sequence[Row]) -> list[BaseException | bool]:
        """Insert rows in one unordered bulk; for each: True, False when its id exists, or the error."""
        answers: list[BaseException | bool] = [True] * len(rows)
        try:
            await self._raw.insert_many(rows, ordered=False)
        except BulkWriteError as error:
            details: Mapping[str, Any] = error.details or {}
            if details.get("writeConcernErrors"):
                return [error] * len(rows)
            for fault in details.get("writeErrors", ()):
                answers[fault["index"]] = False if fault["code"] == _DUPLICATE_KEY else error
        return answers

    async def update_one(self, where: Mapping[str, Any], update: Update) -> bool:
        """Update one document that matches; False when none does."""
        answer = await self._raw.update_one(where, update)
        return bool(answer.matched_count)

    async def upsert_many(self, writes: Sequence[Upsert]) -> None:
        """Apply the writes in one unordered bulk; two inserts that race for one id are tried once more."""
        if not writes:
            return
        operations = [_update_one(write) for write in writes]
        try:
            await self._raw.bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            faults: Sequence[Mapping[str, Any]] = (error.details or {}).get("writeErrors", ())
            if not faults or any(fault["code"] != _DUPLICATE_KEY for fault in faults):
                raise
            await self._raw.bulk_write([operations[fault["index"]] for fault in faults], ordered=False)

    async def update_many(self, where: Mapping[str, Any], update: Update, *, relaxed: bool = False) -> None:
        """Update all that matches; `relaxed` does not wait for the journal: its loss in a crash must be harmless.

        When an update of one of them is refused, those after it are left as they were.
        """
        await (self._relaxed if relaxed else self._raw).update_many(where, update)

    async def delete(self, where: Mapping[str, Any]) -> int:
        """Delete what matches and return how many there were."""
        answer = await self._raw.delete_many(where)
        return int(answer.deleted_count)

    async def delete_many_by_id(self, ids: Sequence[str]) -> None:
        """Delete the documents with these ids in one bulk."""
        if ids:
            await self._raw.bulk_write([DeleteOne({"_id": one}) for one in ids], ordered=False)


def _update_one(write: Upsert) -> UpdateOne:
    update: Any = write.update if isinstance(write.update, Mapping) else list(write.update)
    return UpdateOne(write.where, update, upsert=True)


def never_storable(error: BaseException) -> bool:
    """Tell whether the store answered that a write cannot be, now or later: a fault of ours, not trouble with it."""
    if isinstance(error, BulkWriteError):
        faults: Sequence[Mapping[str, Any]] = (error.details or {}).get("writeErrors", ())
        return any(fault["code"] in _NEVER for fault in faults)
    return isinstance(error, WriteError) and error.code in _NEVER


class Database:
    """One service's own database."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._database: Any = client[name]
        self.name = name

    @classmethod
    def at(cls, uri: str, name: str, *, driver: str = "motor") -> "Database":
        """Prepare a client; nothing connects before the first call. `driver` is `motor` or `pymongo`."""
        make: Any = AsyncIOMotorClient if driver == "motor" else AsyncMongoClient
        client = make(uri, serverSelectionTimeoutMS=_SELECTION_TIMEOUT_MS, tz_aware=True, appname=f"yizhan-{name}")
        return cls(client, name)

    def collection(self, name: str) -> Collection:
        """Return a collection by name."""
        return Collection(self._database[name])

    async def ping(self) -> None:
        """Ask the server for a sign of life; raises `StoreError` when there is none."""
        await self._client.admin.command("ping")

    async def drop(self) -> None:
        """Delete the whole database (tests and `yizhan reset`)."""
        await self._client.drop_database(self.name)

    async def close(self) -> None:
        """Close every connection."""
        closing = self._client.close()
        if inspect.isawaitable(closing):
            await closing
