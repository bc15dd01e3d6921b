"""The application of reporting: opens its rooms in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import FastAPI

import services.reporting
from services.reporting.boards import api as boards_api
from services.reporting.boards.handlers import LiveBoard
from services.reporting.confidential.domain import Tally
from services.reporting.confidential.handlers import DailyTally
from services.reporting.ears import Ears
from services.reporting.figures import api as figures_api
from services.reporting.figures.domain import Why as FigureWhy
from services.reporting.figures.store import Baselines
from services.reporting.history import api as history_api
from services.reporting.history.domain import Generations
from services.reporting.history.domain import Why as RebuildWhy
from services.reporting.history.handlers import History, forget, generations, go_on, open_generations
from services.reporting.rows import api as rows_api
from services.reporting.rows.domain import Why as RowWhy
from services.reporting.rows.handlers import Learner
from services.reporting.rows.store import INDEXES, Rows
from services.reporting.settings import Settings
from shared.clock import Clock
from shared.ids import new_id
from shared.ports import Ports
from shared.runtime import Opened, Runtime, Sweep, service_app

ROUTERS: Final = (boards_api.router, figures_api.router, rows_api.router, history_api.router)

REFUSALS: Final[Mapping[str, int]] = {
    FigureWhy.UNKNOWN: 404,
    FigureWhy.NO_VALUE: 409,
    FigureWhy.BASELINE_FROZEN: 409,
    FigureWhy.SCOPE_UNFIT: 422,
    RebuildWhy.RUNNING: 409,
    RowWhy.UNKNOWN: 404,
}


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the routes of reporting find."""

    board: LiveBoard
    rows: Rows
    baselines: Baselines
    history: History
    clock: Clock


def build(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """Return the application; nothing connects before it starts. `ports` are the real ones unless others are given."""

    async def open_rooms(runtime: Runtime) -> Opened:
        return await _open(runtime, settings)

    return service_app(
        "reporting",
        settings,
        open_rooms,
        routers=ROUTERS,
        refusals=REFUSALS,
        ports=ports,
        about=services.reporting.__doc__ or "",
    )


async def _open(runtime: Runtime, settings: Settings) -> Opened:
    replica = new_id()
    rows = Rows(runtime.collection("rows", indexes=INDEXES), replica)
    history = History(
        generations=runtime.documents("generations", Generations),
        rows=rows,
        replay=runtime.bus.replay,
        clock=runtime.clock,
        replica=replica,
    )
    await open_generations(history)

    async def written() -> tuple[int, ...]:
        return (await generations(history)).written

    async def current() -> int:
        return (await generations(history)).current

    tally = DailyTally(runtime.documents("tallies", Tally), runtime.clock, ZoneInfo(settings.timezone))
    board = LiveBoard(rows, current, runtime.clock, lambda: tally.people)
    await board.load()

    async def count_people() -> None:
        await tally.count(board.rollup.confidential.values())

    await count_people()
    sweeps = (
        Sweep("board", settings.draw_seconds, board.tick),
        Sweep("follow", settings.follow_seconds, board.follow),
        Sweep("rebuild", settings.rebuild_seconds, lambda: go_on(history)),
        Sweep("tally", settings.tally_seconds, count_people),
        Sweep("forget", settings.forget_seconds, lambda: forget(history)),
    )
    rooms = Rooms(board, rows, Baselines(runtime.collection("baselines")), history, runtime.clock)
    learner = Learner(rows, written, board.take, runtime.clock)
    return Opened(rooms, ears=Ears(learner, runtime.ended_sessions), sweeps=sweeps)
