"""Boards: what the topic needs to open."""

from services.reporting.boards import api
from services.reporting.boards.handlers import LiveBoard
from services.reporting.confidential.handlers import DailyTally
from services.reporting.figures.handlers.live import LiveRollup
from services.reporting.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    tally = runtime.parts[DailyTally]
    board = runtime.parts.keep(LiveBoard(runtime.parts[LiveRollup], runtime.clock, lambda: tally.people))
    runtime.sweep("board", runtime.settings.draw_seconds, board.tick)


TOPIC = Topic(_open, routers=[api.router])
