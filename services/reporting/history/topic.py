"""Rebuilds: what the topic needs to open."""

from services.reporting.history import api
from services.reporting.history.domain import Generations, Why
from services.reporting.history.handlers import History, forget, go_on, open_generations
from services.reporting.rows.store import INDEXES, Rows
from services.reporting.settings import Settings
from shared.ids import new_id
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    replica, settings = new_id(), runtime.settings
    rows = runtime.parts.keep(Rows(runtime.collection("rows"), replica))
    generations = runtime.documents(Generations)
    history = runtime.parts.keep(History(generations, rows, runtime.bus.replay, runtime.clock, replica))
    await open_generations(history)
    runtime.sweep("rebuild", settings.rebuild_seconds, lambda: go_on(history))
    runtime.sweep("forget", settings.forget_seconds, lambda: forget(history))


TOPIC = Topic(
    _open,
    documents=[Stored("generations", Generations)],
    collections={"rows": INDEXES},
    routers=[api.router],
    refusals={Why.RUNNING: 409},
)
