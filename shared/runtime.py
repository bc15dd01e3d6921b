"""A running service: opens the store, the relay, the rooms, the bus and the sweeps in this order, closes in reverse."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI

from shared.auth import sessions
from shared.auth.limits import Limits, Streams
from shared.auth.origins import origin_of
from shared.auth.sessions import EndedSessions
from shared.auth.tokens import Verifier
from shared.bus.door import Door, declared
from shared.bus.parked import COLLECTION, INDEXES, Parking
from shared.bus.parked_desk import ParkedDesk
from shared.bus.relay import Relay
from shared.clock import Clock
from shared.config import ServiceSettings
from shared.http.app import make_app
from shared.http.operations import DurableView, OperationsView, operations_router
from shared.http.parked import parked_router
from shared.observability.logging import configure_logging
from shared.observability.metrics import SWEEP_FAILED
from shared.ports import BusPort, Ports
from shared.store.aggregates import KEYS_INDEX, OUTBOX_INDEX, KeysOf, MongoDocuments
from shared.store.mongo import Collection, Database, Index, StoreError

log = structlog.get_logger(__name__)

S = TypeVar("S")
_STORE_TRIES: Final = 30
_COLLECT_AFTER: Final = (20_000, 20, 20)
"""Net new objects before a collection, and collections before one of the next generation; Python's own: 700, 10, 10."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Something to look after every so many seconds; `run` must be safe in several replicas at once."""

    name: str
    every: float
    run: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a service opened: its rooms (found again at `request.app.state.rooms`), its ears, its sweeps."""

    rooms: Any
    ears: object | None = None
    sweeps: Sequence[Sweep] = ()
    close: Callable[[], Awaitable[None]] | None = None


@dataclass
class Runtime:
    """What a service builds its rooms from."""

    service: str
    settings: ServiceSettings
    clock: Clock
    database: Database
    relay: Relay
    bus: BusPort
    ports: Ports
    started_at: datetime
    ended_sessions: EndedSessions = field(init=False)
    parked: ParkedDesk = field(init=False)
    _indexes: list[tuple[Collection, Index]] = field(default_factory=list[tuple[Collection, Index]])

    def __post_init__(self) -> None:
        """Know which sessions ended, in a collection of every service's own."""
        rows = self.collection(sessions.COLLECTION, indexes=sessions.INDEXES)
        self.ended_sessions = EndedSessions(rows, self.clock)

    def documents(
        self,
        name: str,
        kind: type[S],
        *,
        indexes: Sequence[Index] = (),
        source: str | None = None,
        keys: KeysOf[S] | None = None,
    ) -> MongoDocuments[S]:
        """Return the aggregates of one kind, swept by the relay; `keys` are what they are found by.

        A kind whose ids another kind has too needs a `source` of its own: the ids of events follow from source and id.
        """
        found = () if keys is None else (KEYS_INDEX,)
        collection = self.collection(name, indexes=(*indexes, *found, OUTBOX_INDEX))
        self.relay.watch(collection)
        named = source or f"/yizhan/{self.service}"
        return MongoDocuments(collection, kind, source=named, offer=self.relay.offer, keys=keys)

    def collection(self, name: str, *, indexes: Sequence[Index] = ()) -> Collection:
        """Return a plain collection, for what the service learnt from others."""
        collection = self.database.collection(name)
        self._indexes.extend((collection, index) for index in indexes)
        return collection

    async def ensure_indexes(self) -> None:
        """Make every index that was asked for."""
        for collection, index in self._indexes:
            await collection.ensure_index(index)


OpenRooms = Callable[[Runtime], Awaitable[Opened]]


def service_app(
    service: str,
    settings: ServiceSettings,
    open_rooms: OpenRooms,
    *,
    routers: Sequence[APIRouter],
    refusals: Mapping[str, int],
    ports: Ports | None = None,
    about: str = "",
) -> FastAPI:
    """Return the application of a service; `about` opens its document. Nothing connects before its lifespan begins."""
    configure_logging(service, form=settings.log_format, level=settings.log_level)
    touched = ports or Ports()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
        async with running(service, settings, open_rooms, touched) as (runtime, opened):
            app.state.runtime = runtime
            app.state.rooms = opened.rooms
            app.state.ended_sessions = runtime.ended_sessions
            app.state.parked = runtime.parked
            app.state.operations = lambda: look_at(runtime)
            yield

    async def ready() -> Mapping[str, bool]:
        return await parts_of(app.state.runtime)

    everywhere = (operations_router(service), parked_router(service))
    app = make_app(service, (*everywhere, *routers), refusals, lifespan, ready, about)
    app.state.verifier = Verifier(settings.jwks, touched.clock)
    app.state.limits = Limits(touched.clock, settings.limits_factor)
    app.state.streams = Streams(settings.limits_factor)
    app.state.own_origin = origin_of(settings.public_url)
    return app


@contextlib.asynccontextmanager
async def running(
    service: str, settings: ServiceSettings, open_rooms: OpenRooms, ports: Ports
) -> AsyncGenerator[tuple[Runtime, Opened], None]:
    """Open a service's parts in order and close them in reverse; yields what it runs on and what it opened."""
    clock, database, bus = ports.clock, ports.database(settings, service), ports.bus(settings, service)
    runtime = Runtime(service, settings, clock, database, Relay(clock), bus, ports, clock.now())
    async with contextlib.AsyncExitStack() as closing:
        closing.push_async_callback(database.close)
        await _wait_for_store(database)
        opened = await open_rooms(runtime)
        if opened.close is not None:
            closing.push_async_callback(opened.close)
        parking = Parking(runtime.collection(COLLECTION, indexes=INDEXES))
        await runtime.ensure_indexes()
        await runtime.ended_sessions.follow()
        closing.push_async_callback(bus.close)
        closing.push_async_callback(runtime.relay.drain)
        doors = [Door(d, opened.ears, parking, clock) for d in declared(type(opened.ears))] if opened.ears else []
        runtime.parked = ParkedDesk(parking, doors, clock)
        await runtime.parked.count()
        sweeps = (
            Sweep("relay", settings.relay_every, runtime.relay.sweep),
            Sweep("parked-count", settings.parked_every, runtime.parked.sweep),
            Sweep("sessions", settings.sessions_every, runtime.ended_sessions.follow),
            *opened.sweeps,
        )
        tasks = [
            asyncio.create_task(_hear(runtime, doors), name="bus"),
            asyncio.create_task(runtime.relay.run(), name="relay"),
            *(asyncio.create_task(_repeat(sweep), name=sweep.name) for sweep in sweeps),
        ]
        for task in tasks:
            task.add_done_callback(lambda ended: _ended(ended, ports.end))
        closing.push_async_callback(_cancel, tasks)
        closing.push_async_callback(bus.finish)
        log.info("service.open", service=service, port=settings.port)
        yield runtime, opened
        log.info("service.closing", service=service)


async def parts_of(runtime: Runtime) -> dict[str, bool]:
    """Tell whether the store answers, and whether the bus is connected and heard."""
    try:
        await runtime.database.ping()
        store = True
    except StoreError:
        store = False
    return {"store": store, "bus": runtime.bus.connected and runtime.bus.hearing}


async def look_at(runtime: Runtime) -> OperationsView:
    """Look at a service as it is now: its parts, its outboxes, its durables."""
    parts = await parts_of(runtime)
    outbox, parked = (await runtime.relay.backlog(), await runtime.parked.count()) if parts["store"] else (None, {})
    lags = await runtime.bus.lags(sorted(runtime.parked.doors))
    durables = [
        DurableView(
            name=name,
            pending=lags[name].pending if name in lags else None,
            unsettled=lags[name].unsettled if name in lags else None,
            parked=parked.get(name, 0),
        )
        for name in sorted({*runtime.parked.doors, *parked})
    ]
    return OperationsView(
        service=runtime.service,
        **parts,
        outbox=outbox,
        durables=durables,
        started_at=runtime.started_at,
        as_of=runtime.clock.now(),
    )


async def _wait_for_store(database: Database) -> None:
    for attempt in range(_STORE_TRIES):
        try:
            await database.ping()
        except StoreError as error:
            log.warning("store.away", attempt=attempt, error=str(error))
            await asyncio.sleep(1)
        else:
            return
    await database.ping()


async def _hear(runtime: Runtime, doors: Sequence[Door]) -> None:
    publisher = await runtime.bus.connect()
    runtime.relay.connected(publisher)
    await runtime.bus.start(doors)


async def _repeat(sweep: Sweep) -> None:
    while True:
        await asyncio.sleep(sweep.every)
        try:
            await sweep.run()
        except Exception as error:
            SWEEP_FAILED.labels(sweep=sweep.name).inc()
            log.error("sweep.failed", sweep=sweep.name, exc_info=error)


def _ended(task: asyncio.Task[None], end: Callable[[], None]) -> None:
    """A part that ends by a fault takes the process with it: whoever keeps the process starts it afresh."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("service.part_failed", part=task.get_name(), exc_info=error)
        end()


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _keep_what_stands() -> None:
    """Keep the garbage collector from walking, again and again, what was imported and built and lives to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve until a signal comes; access logs are off (metrics count the calls)."""
    _keep_what_stands()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        proxy_headers=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )
