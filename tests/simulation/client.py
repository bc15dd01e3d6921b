"""A service's client of the simulated MongoDB: what `shared/store/mongo.py` uses of both drivers, and no more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pymongo import DeleteOne, InsertOne, UpdateOne, WriteConcern
from pymongo.errors import BulkWriteError, InvalidOperation, WriteError

from tests.simulation.indexes import Index
from tests.simulation.tables import Table
from tests.simulation.values import Document, given, taken

if TYPE_CHECKING:
    from tests.simulation.store import SimulatedMongo

T = TypeVar("T")
Write = Callable[[Table, datetime], object]
"""One operation of a bulk."""


class SimulatedClient:
    """A client in the form of the drivers'."""

    def __init__(self, server: "SimulatedMongo", service: str) -> None:
        self._server = server
        self._service = service
        self._closed = False

    @property
    def admin(self) -> "SimulatedClient":
        """Return itself, as the database of commands."""
        return self

    def __getitem__(self, name: str) -> "SimulatedDatabase":
        self._server.use(self._service, name)
        return SimulatedDatabase(self, self._server, name)

    async def call(self, deed: Callable[[], T]) -> T:
        """Carry a call to the server."""
        if self._closed:
            msg = "Cannot use a client after close"
            raise InvalidOperation(msg)
        return await self._server.call(self._service, deed)

    async def command(self, name: str) -> Document:
        """Answer a ping."""
        if name != "ping":
            self._server.unknown(name)
        return await self.call(lambda: {"ok": 1.0})

    async def drop_database(self, name: str) -> None:
        """Delete a whole database."""
        await self.call(lambda: self._server.drop(name))

    def close(self) -> None:
        """Refuse every later call."""
        self._closed = True


@dataclass(frozen=True, slots=True)
class SimulatedDatabase:
    """A database in the form of the drivers'."""

    client: SimulatedClient
    server: "SimulatedMongo"
    name: str

    def __getitem__(self, name: str) -> "SimulatedCollection":
        return SimulatedCollection(self, name)


@dataclass(frozen=True, slots=True)
class Updated:
    """The answer of an update."""

    matched_count: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """The answer of a deletion."""

    deleted_count: int


@dataclass(frozen=True, slots=True)
class SimulatedCollection:
    """A collection in the form of the drivers'. What callers give is copied at once, as if it were encoded."""

    database: SimulatedDatabase
    name: str
    waits: bool = True

    def with_options(self, *, write_concern: WriteConcern, **_read: object) -> "SimulatedCollection":
        """Return the collection under this write concern; times are always aware and in UTC."""
        return SimulatedCollection(self.database, self.name, write_concern.document.get("j") is not False)

    def find(
        self, where: Mapping[str, Any], *, projection: Sequence[str] | None = None, limit: int = 0, skip: int = 0
    ) -> "SimulatedCursor":
        """Prepare to read what matches."""
        asked, fields = taken(where), list(projection or ())

        def deed(sort: Sequence[tuple[str, int]]) -> list[Document]:
            return self._table().find(asked, sort=sort, skip=skip, limit=limit, fields=fields)

        return SimulatedCursor(self.database.client, deed)

    async def find_one(self, where: Mapping[str, Any]) -> Document | None:
        """Return one document that matches."""
        asked = taken(where)
        found = await self.database.client.call(lambda: self._table().find_one(asked))
        return None if found is None else given(found)

    async def count_documents(self, where: Mapping[str, Any]) -> int:
        """Return how many documents match."""
        asked = taken(where)
        return await self.database.client.call(lambda: len(self._table().find(asked)))

    def aggregate(self, pipeline: Sequence[Mapping[str, Any]]) -> "SimulatedCursor":
        """Prepare an aggregation."""
        stages = taken(list(pipeline))
        return SimulatedCursor(
            self.database.client, lambda _: self._table().aggregate(stages, self.database.server.now())
        )

    async def create_index(
        self,
        keys: Sequence[tuple[str, int]],
        *,
        unique: bool = False,
        partialFilterExpression: Mapping[str, Any] | None = None,  # noqa: N803 - the driver's name
        expireAfterSeconds: int | None = None,  # noqa: N803 - nobody here waits for what the store deletes
    ) -> None:
        """Make an index unless it is there."""
        partial = None if partialFilterExpression is None else taken(partialFilterExpression)
        index = Index(keys, unique=unique, partial=partial)
        await self.database.client.call(lambda: self._table().create_index(index))

    async def update_one(self, where: Mapping[str, Any], update: Any) -> Updated:
        """Update one document that matches."""
        write = _updating(where, update, upsert=False)
        return Updated(int(bool(await self._written(lambda: write(self._table(), self.database.server.now())))))

    async def update_many(self, where: Mapping[str, Any], update: Any) -> None:
        """Update all that matches, one after the other until one is refused; others may come in between."""
        asked = taken(where)
        ids = await self.database.client.call(lambda: [row["_id"] for row in self._table().find(asked)])
        writes = [_updating({"$and": [asked, {"_id": one}]}, update, upsert=False) for one in ids]
        for part in self.database.server.parts(len(writes)):
            await self._written(lambda part=part: self._all(writes[part]))

    async def delete_many(self, where: Mapping[str, Any]) -> Deleted:
        """Delete what matches."""
        asked = taken(where)
        return Deleted(await self._written(lambda: self._table().delete(asked)))

    async def insert_many(self, rows: Sequence[Mapping[str, Any]], *, ordered: bool = True) -> None:
        """Insert every row; raises the driver's error when some were refused."""
        await self.bulk_write([InsertOne(row) for row in rows], ordered=ordered)

    async def bulk_write(self, operations: Sequence[Any], *, ordered: bool = True) -> None:
        """Do every operation, each by itself; raises the driver's error when some were refused."""
        if ordered:
            self.database.server.unknown("an ordered bulk")
        if not operations:
            msg = "No operations to execute"
            raise InvalidOperation(msg)
        writes = [_write_of(operation, self.database.server) for operation in operations]
        faults: list[Document] = []
        for part in self.database.server.parts(len(writes)):
            faults += await self._written(lambda part=part: self._some(writes[part], part.start))
        if faults:
            raise BulkWriteError({"writeErrors": faults, "writeConcernErrors": []})

    def _some(self, writes: Sequence[Write], first: int) -> list[Document]:
        server, table = self.database.server, self._table()
        faults: list[Document] = []
        done = server.done_of(len(writes))
        now = server.now()
        for index, write in enumerate(writes[:done], start=first):
            try:
                write(table, now)
            except WriteError as error:
                faults.append({**(error.details or {}), "index": index})
        if done < len(writes):
            raise server.fallen_away()
        return faults

    def _all(self, writes: Sequence[Write]) -> None:
        server, table = self.database.server, self._table()
        done, now = server.done_of(len(writes)), server.now()
        for write in writes[:done]:
            write(table, now)
        if done < len(writes):
            raise server.fallen_away()

    async def _written(self, deed: Callable[[], T]) -> T:
        server = self.database.server
        return await self.database.client.call(lambda: server.written(deed, waits=self.waits))

    def _table(self) -> Table:
        return self.database.server.table(self.database.name, self.name)


class SimulatedCursor:
    """What is read when it is asked for as a list."""

    def __init__(self, client: SimulatedClient, deed: Callable[[Sequence[tuple[str, int]]], list[Document]]) -> None:
        self._client = client
        self._deed = deed
        self._sort: Sequence[tuple[str, int]] = ()

    def sort(self, keys: Sequence[tuple[str, int]]) -> "SimulatedCursor":
        """Ask for an order."""
        self._sort = list(keys)
        return self

    async def to_list(self, length: None) -> list[Document]:
        """Return everything."""
        assert length is None
        found = await self._client.call(lambda: self._deed(self._sort))
        return [given(document) for document in found]


def _write_of(operation: Any, server: "SimulatedMongo") -> Write:
    if isinstance(operation, InsertOne):
        document = taken(operation._doc)
        if "_id" not in document:
            server.unknown("an insertion for which the driver makes up the id")
        return lambda table, _: table.insert(document)
    if isinstance(operation, DeleteOne):
        where = taken(operation._filter)
        return lambda table, _: table.delete(where, limit=1)
    if not isinstance(operation, UpdateOne):
        server.unknown(f"bulk {type(operation).__name__}")
    return _updating(operation._filter, operation._doc, upsert=bool(operation._upsert))


def _updating(where: Mapping[str, Any], update: Any, *, upsert: bool) -> Write:
    asked, wanted = taken(where), taken(update)
    if not wanted or (isinstance(wanted, dict) and not next(iter(wanted)).startswith("$")):
        msg = f"update only works with $ operators: {wanted}"
        raise ValueError(msg)
    return lambda table, now: table.update_one(asked, wanted, now, upsert=upsert)
