"""Boards: what the topic needs to open."""

from services.reporting.boards import api
from services.reporting.boards.handlers import LiveBoard
from services.reporting.confidential.handlers import DailyTally
from services.reporting.history.handlers import History, generations
from services.reporting.rows.store import Rows
from services.reporting.settings import Settings
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    """Load the board, and count once who asked in confidence."""
    history, tally, settings = runtime.parts[History], runtime.parts[DailyTally], runtime.settings

    async def current() -> int:
        return (await generations(history)).current

    board = LiveBoard(runtime.parts[Rows], current, runtime.clock, lambda: tally.people)
    runtime.parts.keep(board)
    await board.load()

    async def count_people() -> None:
        await tally.count(board.rollup.confidential.values())

    await count_people()
    runtime.sweep("board", settings.draw_seconds, board.tick)
    runtime.sweep("follow", settings.follow_seconds, board.follow)
    runtime.sweep("tally", settings.tally_seconds, count_people)


TOPIC = Topic(_open, routers=[api.router])
