"""The simulated MongoDB: one server in the memory of the simulated world, behind the wire.

It offers what `shared/store/mongo.py` uses of the drivers, and raises the drivers' own errors. What it knows of
filters, updates and pipelines is what the services use; anything else raises NotSimulatedError and is noted in
`unsupported`. The contract tests `test_simulated_store*.py` hold it to the real server.

Left out, because what is there is stricter or the same: the drivers' own second try after a network error (a caller
here sees more errors, after which the write was done or was not, as after two real ones); races of two upserts for one
id (the server itself tries again when the filter is the id); stale reads (everything is read from the primary). Nor is
there a limit to a document's size.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, NoReturn, Protocol, TypeVar

from pymongo.errors import AutoReconnect, NetworkTimeout, ServerSelectionTimeoutError

from tests.simulation.client import SimulatedClient
from tests.simulation.machine import BEGIN
from tests.simulation.tables import Table
from tests.simulation.values import Document, NotSimulatedError
from tests.simulation.wire import Wire

T = TypeVar("T")

SYNC_SECONDS: Final = 0.1
"""How long a write that did not wait for the journal may be lost by a loss of power."""

INTERLEAVED: Final = 0.1
"""How often others may come between the operations of one bulk."""


class Timed(Protocol):
    """A loop, of which only the time is asked."""

    def time(self) -> float:
        """Return seconds."""
        ...


class SimulatedMongo:
    """The server. `skew` is the error of its clock; `random` draws its own faults."""

    def __init__(self, loop: Timed, wire: Wire, random: Random | None = None, skew: timedelta = timedelta()) -> None:
        self.wire = wire
        self.skew = skew
        self.random = random or wire.random
        self.unsupported: list[str] = []
        self._loop = loop
        self._databases: dict[str, dict[str, Table]] = {}
        self._used: dict[str, dict[str, None]] = {}
        self._unsynced: list[tuple[float, Table, Any, Document | None]] = []
        self._waits = True

    def client(self, service: str) -> SimulatedClient:
        """Return a client of this service, in the form of the drivers' clients."""
        return SimulatedClient(self, service)

    def peek(self, service: str, collection: str) -> list[Document]:
        """Return a collection's documents without a call, for invariants; nobody may change them."""
        names = self._used.get(service, {})
        return [document for name in names for document in self.table(name, collection).all()]

    def now(self) -> datetime:
        """Return what the server's clock shows, in whole milliseconds."""
        return BEGIN + self.skew + timedelta(milliseconds=int(self._loop.time() * 1000))

    def lose_power(self) -> int:
        """Undo the writes that had not reached the journal, the last first, and return how many there were."""
        lost = [each for each in self._unsynced if each[0] > self._loop.time() - SYNC_SECONDS]
        self._unsynced.clear()
        for _, table, key, before in reversed(lost):
            table.restore(key, before)
        return len(lost)

    def use(self, service: str, name: str) -> None:
        """Note that the service opened this database."""
        self._used.setdefault(service, {})[name] = None

    def table(self, database: str, collection: str) -> Table:
        """Return a collection, which begins to be when it is first asked for."""
        tables = self._databases.setdefault(database, {})
        if collection not in tables:
            tables[collection] = Table(self._note)
        return tables[collection]

    def drop(self, database: str) -> None:
        """Forget a whole database."""
        self._databases.pop(database, None)

    async def call(self, service: str, deed: Callable[[], T]) -> T:
        """Carry a call of a service over the wire."""
        try:
            return await self.wire.call(f"store:{service}", deed, self._lost)
        except NotSimulatedError as error:
            self.unknown(str(error))

    def unknown(self, words: str) -> NoReturn:
        """Note that something was asked that this server does not know, and raise."""
        self.unsupported.append(words)
        raise NotSimulatedError(words)

    def written(self, deed: Callable[[], T], *, waits: bool) -> T:
        """Do a deed that writes; when it waits for the journal, everything before it is safe as well."""
        self._waits = waits
        if waits:
            self._unsynced.clear()
        return deed()

    def parts(self, length: int) -> Iterator[slice]:
        """Yield the parts of a bulk between which the server takes up other work: mostly the whole."""
        cut = self.random.randrange(1, length) if length > 1 and self.random.random() < INTERLEAVED else length
        yield slice(0, cut)
        if cut < length:
            yield slice(cut, length)

    def done_of(self, length: int) -> int:
        """Return how many operations of a bulk are done: all, unless the server falls away in the middle."""
        chance = self.wire.chances.answer_lost
        if length > 1 and chance > 0 and self.random.random() < chance:
            return self.random.randrange(1, length)
        return length

    def fallen_away(self) -> Exception:
        """Return what a caller gets when the server fell away in the middle of the deed."""
        return self._lost("the connection was closed in the middle of a bulk")

    def _lost(self, words: str) -> Exception:
        if words.endswith("is away"):
            return ServerSelectionTimeoutError(words)
        return AutoReconnect(words) if self.random.random() < 0.5 else NetworkTimeout(words)

    def _note(self, table: Table, key: Any, before: Document | None) -> None:
        if not self._waits:
            self._unsynced.append((self._loop.time(), table, key, before))
