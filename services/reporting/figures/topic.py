"""Figures: what the topic needs to open."""

from services.reporting.confidential.handlers import DailyTally
from services.reporting.figures import api
from services.reporting.figures.handlers.live import LiveRollup
from services.reporting.figures.store import Baselines
from services.reporting.rebuilds.handlers import Rebuilds, generations
from services.reporting.requests.domain.record import ConfidentialRequest
from services.reporting.rows.store import Rows
from services.reporting.settings import Settings
from services.reporting.subjects.domain.subject import Why
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    """Sum up the rows, and count once who asked in confidence."""
    parts, settings = runtime.parts, runtime.settings
    rebuilds, tally = parts[Rebuilds], parts[DailyTally]
    parts.keep(Baselines(runtime.collection("baselines")))

    async def current() -> int:
        return (await generations(rebuilds)).current

    live = parts.keep(LiveRollup(parts[Rows], current))
    await live.load()

    async def count_people() -> None:
        await tally.count(one.requester_id for one in live.rollup.records(ConfidentialRequest).values())

    await count_people()
    runtime.sweep("follow", settings.follow_seconds, live.follow)
    runtime.sweep("tally", settings.tally_seconds, count_people)


TOPIC = Topic(
    _open,
    routers=[api.router],
    refusals={Why.UNKNOWN: 404, Why.NO_VALUE: 409, Why.BASELINE_FROZEN: 409, Why.SCOPE_UNFIT: 422},
)
