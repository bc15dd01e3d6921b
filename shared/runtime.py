"""A running service: opens the store, the relay, the rooms, the bus and the sweeps in this order, closes in reverse."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Final

import structlog
import uvicorn
from fastapi import FastAPI

from shared.auth.limits import Limits, Streams
from shared.auth.origins import origin_of
from shared.auth.tokens import Verifier
from shared.bus.consumers import declared
from shared.bus.parked import COLLECTION, INDEXES, Parking
from shared.bus.parked_desk import ParkedDesk
from shared.bus.relay import Relay
from shared.bus.runner import ConsumerRunner
from shared.config import ServiceSettings
from shared.http.app import make_app
from shared.http.operations import DurableView, OperationsView, operations_router
from shared.http.parked import parked_router
from shared.http.router import Router
from shared.observability.logging import configure_logging
from shared.observability.metrics import SWEEP_FAILED
from shared.ports import Ports
from shared.store.mongo import Database, StoreError
from shared.topic import Runtime, SettingsT, Sweep, Topic

log = structlog.get_logger(__name__)

_STORE_TRIES: Final = 30
_COLLECT_AFTER: Final = (20_000, 20, 20)
"""Net new objects before a collection, and collections before one of the next generation; Python's own: 700, 10, 10."""


def service_app(
    service: str,
    settings: SettingsT,
    topics: Sequence[Topic[SettingsT]],
    *,
    ports: Ports | None = None,
    about: str = "",
) -> FastAPI:
    """Return the application of a service, from its topics in the order in which they open.

    Nothing connects before its lifespan begins. `about` begins its document; `ports` are the real ones unless others
    are given.
    """
    configure_logging(service, form=settings.log_format, level=settings.log_level)
    touched = ports or Ports()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
        async with running(service, settings, topics, touched) as runtime:
            app.state.runtime = runtime
            app.state.parts = runtime.parts
            app.state.ended_sessions = runtime.ended_sessions
            app.state.parked = runtime.parked
            app.state.operations = lambda: look_at(runtime)
            yield

    async def ready() -> Mapping[str, bool]:
        return await parts_of(app.state.runtime)

    app = make_app(service, routers_of(service, topics), refusals_of(topics), lifespan, ready, about)
    app.state.verifier = Verifier(settings.jwks, touched.clock)
    app.state.limits = Limits(touched.clock, settings.limits_factor)
    app.state.streams = Streams(settings.limits_factor)
    app.state.own_origin = origin_of(settings.public_url)
    return app


def routers_of(service: str, topics: Sequence[Topic[Any]]) -> Sequence[Router]:
    """Return the routers of a service: those of every service, and its topics'."""
    return (operations_router(service), parked_router(service), *(router for each in topics for router in each.routers))


def refusals_of(topics: Sequence[Topic[Any]]) -> Mapping[str, int]:
    """Return the refusals of a service with their HTTP status."""
    return {code: status for each in topics for code, status in each.refusals.items()}


@contextlib.asynccontextmanager
async def running(
    service: str, settings: SettingsT, topics: Sequence[Topic[SettingsT]], ports: Ports
) -> AsyncGenerator[Runtime[SettingsT], None]:
    """Open a service's topics in order and close in reverse; yields what it runs on."""
    clock, database, bus = ports.clock, ports.database(settings, service), ports.bus(settings, service)
    runtime = Runtime(service, settings, clock, database, Relay(clock), bus, ports, clock.now())
    async with contextlib.AsyncExitStack() as closing:
        closing.push_async_callback(database.close)
        await _wait_for_store(database)
        for topic in topics:
            for stored in topic.documents:
                runtime.store(stored)
            for name, indexes in topic.collections.items():
                runtime.index(name, indexes)
        for topic in topics:
            await topic.open(runtime)
        for close in runtime.closing:
            closing.push_async_callback(close)
        runtime.index(COLLECTION, INDEXES)
        parking = Parking(runtime.collection(COLLECTION))
        await runtime.ensure_indexes()
        await runtime.ended_sessions.follow()
        closing.push_async_callback(bus.close)
        closing.push_async_callback(runtime.relay.drain)
        runners = [ConsumerRunner(d, each, parking, clock) for each in runtime.consumers for d in declared(type(each))]
        runtime.parked = ParkedDesk(parking, runners, clock)
        await runtime.parked.count()
        sweeps = (
            Sweep("relay", settings.relay_every, runtime.relay.sweep),
            Sweep("parked-count", settings.parked_every, runtime.parked.sweep),
            Sweep("sessions", settings.sessions_every, runtime.ended_sessions.follow),
            *runtime.sweeps,
        )
        tasks = [
            asyncio.create_task(_hear(runtime, runners), name="bus"),
            asyncio.create_task(runtime.relay.run(), name="relay"),
            *(asyncio.create_task(_repeat(sweep), name=sweep.name) for sweep in sweeps),
        ]
        for task in tasks:
            task.add_done_callback(lambda ended: _ended(ended, ports.end))
        closing.push_async_callback(_cancel, tasks)
        closing.push_async_callback(bus.finish)
        log.info("service.open", service=service, port=settings.port)
        yield runtime
        log.info("service.closing", service=service)


async def parts_of(runtime: Runtime[Any]) -> dict[str, bool]:
    """Tell whether the store answers, and whether the bus is connected and heard."""
    try:
        await runtime.database.ping()
        store = True
    except StoreError:
        store = False
    return {"store": store, "bus": runtime.bus.connected and runtime.bus.hearing}


async def look_at(runtime: Runtime[Any]) -> OperationsView:
    """Look at a service as it is now: its parts, its outboxes, its durables."""
    parts = await parts_of(runtime)
    outbox, parked = (await runtime.relay.backlog(), await runtime.parked.count()) if parts["store"] else (None, {})
    lags = await runtime.bus.lags(sorted(runtime.parked.runners))
    durables = [
        DurableView(
            name=name,
            pending=lags[name].pending if name in lags else None,
            unsettled=lags[name].unsettled if name in lags else None,
            parked=parked.get(name, 0),
        )
        for name in sorted({*runtime.parked.runners, *parked})
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


async def _hear(runtime: Runtime[Any], runners: Sequence[ConsumerRunner]) -> None:
    publisher = await runtime.bus.connect()
    runtime.relay.connected(publisher)
    await runtime.bus.start(runners)


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
