"""Rows learnt from every fact: what the topic needs to open."""

from services.reporting.boards.handlers import LiveBoard
from services.reporting.history.handlers import History, generations
from services.reporting.rows import api
from services.reporting.rows.consumers import Consumers
from services.reporting.rows.domain import Why
from services.reporting.rows.handlers import Learner
from services.reporting.rows.store import Rows
from services.reporting.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    parts, history = runtime.parts, runtime.parts[History]

    async def written() -> tuple[int, ...]:
        return (await generations(history)).written

    runtime.consumers.append(Consumers(Learner(parts[Rows], written, parts[LiveBoard].take, runtime.clock)))


TOPIC = Topic(_open, routers=[api.router], refusals={Why.UNKNOWN: 404}, consumers=Consumers)
