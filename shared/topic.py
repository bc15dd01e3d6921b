"""What a topic of a service declares in its `topic.py`, and what it is opened with.

A topic names its routes, the refusals of its rules with their status, its parts and its consumers, so that they can be
read without opening anything. Parts and consumers are dataclasses, made of what their fields ask for; `opens` builds
what is left: parts that need more, sweeps.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from typing import Any, Generic, TypeVar, cast, get_args, get_origin

from fastapi import Depends, Request

from shared.auth import sessions
from shared.auth.sessions import EndedSessions
from shared.bus.consumers import Durable, declared, hears_batch
from shared.bus.parked_desk import ParkedDesk
from shared.bus.relay import Relay
from shared.clock import Clock
from shared.config import ServiceSettings
from shared.contracts.event import Event
from shared.contracts.members import SessionsEnded
from shared.http.router import Router
from shared.ports import BusPort, Ports
from shared.store.aggregates import KEYS_INDEX, OUTBOX_INDEX, KeysOf, MongoDocuments
from shared.store.document import Documents
from shared.store.mongo import Collection, Database, Index

S = TypeVar("S")
T = TypeVar("T")
SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Something to look after every so many seconds; `run` must be safe in several replicas at once."""

    name: str
    every: float
    run: Callable[[], Awaitable[None]]


class Parts:
    """What topics opened, each found by its class."""

    def __init__(self) -> None:
        self._parts: dict[type[Any], Any] = {}

    def __getitem__(self, kind: type[T]) -> T:
        """Return the part of this class; raises `KeyError` for what no topic before opened."""
        return self._parts[kind]

    def __contains__(self, kind: type[Any]) -> bool:
        """Tell whether a topic has opened a part of this class."""
        return kind in self._parts

    def keep(self, part: T, kind: type[T] | None = None) -> T:
        """Let a part be found by its class, or by the class or protocol that is given."""
        self._parts[kind or type(part)] = part
        return part


def parts(request: Request) -> Parts:
    """Return what the topics of the service opened."""
    return request.app.state.parts


def part(kind: type[Any]) -> Any:
    """Give a route the part of this class, as the second half of its `Annotated`."""

    async def find(request: Request) -> Any:
        return parts(request)[kind]

    return Depends(find)


def documents(kind: type[Any]) -> Any:
    """Give a route the documents of this kind, as the second half of its `Annotated`."""

    async def find(request: Request) -> Any:
        return cast("Runtime[Any]", request.app.state.runtime).documents(kind)

    return Depends(find)


def collection(name: str) -> Any:
    """Give a route a plain collection, as the second half of its `Annotated`."""

    async def find(request: Request) -> Any:
        return cast("Runtime[Any]", request.app.state.runtime).collection(name)

    return Depends(find)


@dataclass
class Runtime(Generic[SettingsT]):
    """What a service runs on, and what its topics have built of it."""

    service: str
    settings: SettingsT
    clock: Clock
    database: Database
    relay: Relay
    bus: BusPort
    ports: Ports
    started_at: datetime
    parts: Parts = field(default_factory=Parts)
    sweeps: list[Sweep] = field(default_factory=list[Sweep])
    consumers: list[object] = field(default_factory=list[object])
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list[Callable[[], Awaitable[None]]])
    """What is to be closed with the service, in reverse."""
    ended_sessions: EndedSessions = field(init=False)
    parked: ParkedDesk = field(init=False)
    _documents: dict[type[Any], MongoDocuments[Any]] = field(default_factory=dict[type[Any], MongoDocuments[Any]])
    _indexes: list[tuple[Collection, Index]] = field(default_factory=list[tuple[Collection, Index]])

    def __post_init__(self) -> None:
        """Know which sessions ended, in a collection of every service's own."""
        self.index(sessions.COLLECTION, sessions.INDEXES)
        self.ended_sessions = EndedSessions(self.collection(sessions.COLLECTION), self.clock)

    def documents(self, kind: type[S]) -> MongoDocuments[S]:
        """Return the aggregates of one kind, whichever topic declares them; raises `KeyError` where none does."""
        return self._documents[kind]

    def collection(self, name: str) -> Collection:
        """Return a plain collection."""
        return self.database.collection(name)

    def index(self, name: str, indexes: Sequence[Index]) -> None:
        """Let a collection have these indexes, from when the service has opened."""
        self._indexes.extend((self.collection(name), index) for index in indexes)

    def store(self, stored: "Stored[Any]") -> None:
        """Open the aggregates of one kind, swept by the relay."""
        found = () if stored.keys is None else (KEYS_INDEX,)
        self.index(stored.name, (*stored.indexes, *found, OUTBOX_INDEX))
        collection = self.collection(stored.name)
        self.relay.watch(collection)
        source = stored.source or f"/yizhan/{self.service}"
        self._documents[stored.kind] = MongoDocuments(
            collection, stored.kind, source=source, offer=self.relay.offer, keys=stored.keys
        )

    def make(self, kind: type[T]) -> T:
        """Make what its fields say: documents of a kind, the clock, and parts that are there; defaults stay."""
        asked = [each.type for each in fields(cast("Any", kind)) if each.default is each.default_factory is MISSING]
        return kind(*map(self._given, asked))

    def _given(self, hint: Any) -> Any:
        if get_origin(hint) is Documents:
            return self.documents(get_args(hint)[0])
        return self.clock if hint is Clock else self.parts[hint]

    def sweep(self, name: str, every: float, run: Callable[[], Awaitable[None]]) -> None:
        """Look after something every so many seconds; `run` must be safe in several replicas at once."""
        self.sweeps.append(Sweep(name, every, run))

    async def ensure_indexes(self) -> None:
        """Make every index that was asked for."""
        for collection, index in self._indexes:
            await collection.ensure_index(index)


@dataclass(frozen=True, slots=True)
class Stored(Generic[S]):
    """Aggregates of one kind: their collection, its indexes, and the keys that they are found by.

    A kind whose ids another kind has too needs a `source` of its own: the ids of events follow from source and id.
    """

    name: str
    kind: type[S]
    indexes: Sequence[Index] = ()
    source: str | None = None
    keys: KeysOf[S] | None = None


async def _nothing(runtime: Runtime[Any]) -> None:
    """Open a topic that builds nothing."""


@dataclass(frozen=True)
class Topic(Generic[SettingsT]):
    """A topic of a service.

    The stores of all topics are there before the first of them opens; `collections` names the indexes of collections
    that are plain, or that another topic's documents lie in. `parts` are made before `opens`, `consumers` after it.
    """

    opens: Callable[[Runtime[SettingsT]], Awaitable[None]] = _nothing
    documents: Sequence[Stored[Any]] = ()
    collections: Mapping[str, Sequence[Index]] = field(default_factory=dict[str, Sequence[Index]])
    parts: Sequence[type[Any]] = ()
    routers: Sequence[Router] = ()
    refusals: Mapping[str, int] = field(default_factory=dict[str, int])
    consumers: type[Any] | None = None

    @property
    def durables(self) -> Sequence[Durable]:
        """The durable consumers that this topic's class declares."""
        return [] if self.consumers is None else declared(self.consumers)

    async def open(self, runtime: Runtime[SettingsT]) -> None:
        """Make the parts, open the rest, and let the consumers hear."""
        for kind in self.parts:
            runtime.parts.keep(runtime.make(kind))
        await self.opens(runtime)
        if self.consumers is not None:
            runtime.consumers.append(runtime.make(self.consumers))


def sessions_topic(service: str) -> Topic[Any]:
    """Return the topic that every service has: sessions that ended, whose tokens are refused from then on."""

    @dataclass(frozen=True)
    class SessionConsumers:
        ended: EndedSessions

        @hears_batch(f"{service}-sessions", SessionsEnded)
        async def on_sessions_ended(self, events: Sequence[Event[SessionsEnded]]) -> None:
            await self.ended.learn(events)

    async def opens(runtime: Runtime[Any]) -> None:
        runtime.parts.keep(runtime.ended_sessions)

    return Topic(opens, consumers=SessionConsumers)
