"""The projection of facts onto rows: what the topic needs to open."""

from services.reporting.figures.handlers.live import LiveRollup
from services.reporting.projection.consumers import Consumers
from services.reporting.projection.handlers import Projection
from services.reporting.rebuilds.handlers import Rebuilds, generations
from services.reporting.rows.store import Rows
from services.reporting.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    parts, rebuilds = runtime.parts, runtime.parts[Rebuilds]

    async def written() -> tuple[int, ...]:
        return (await generations(rebuilds)).written

    parts.keep(Projection(parts[Rows], written, parts[LiveRollup].take, runtime.clock))


TOPIC = Topic(_open, consumers=Consumers)
