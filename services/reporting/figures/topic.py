"""Figures: what the topic needs to open."""

from services.reporting.figures import api
from services.reporting.figures.domain import Why
from services.reporting.figures.store import Baselines
from services.reporting.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    runtime.parts.keep(Baselines(runtime.collection("baselines")))


TOPIC = Topic(
    _open,
    routers=[api.router],
    refusals={Why.UNKNOWN: 404, Why.NO_VALUE: 409, Why.BASELINE_FROZEN: 409, Why.SCOPE_UNFIT: 422},
)
