"""Rebuilds: what the topic needs to open."""

from services.reporting.rebuilds import api
from services.reporting.rebuilds.domain import Generations, Why
from services.reporting.rebuilds.handlers import Rebuilds, forget, go_on, open_generations
from services.reporting.rows.store import Rows
from services.reporting.settings import Settings
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    rows, settings = runtime.parts[Rows], runtime.settings
    generations = runtime.documents(Generations)
    rebuilds = runtime.parts.keep(Rebuilds(generations, rows, runtime.bus.replay, runtime.clock, rows.replica))
    await open_generations(rebuilds)
    runtime.sweep("rebuild", settings.rebuild_seconds, lambda: go_on(rebuilds))
    runtime.sweep("forget", settings.forget_seconds, lambda: forget(rebuilds))


TOPIC = Topic(
    _open,
    documents=[Stored("generations", Generations)],
    routers=[api.router],
    refusals={Why.RUNNING: 409},
)
