"""What people ask of rebuilds: a new generation of rows from the stream, and how far it is."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import Request

from services.reporting.rebuilds.domain import Generations
from services.reporting.rebuilds.handlers import Rebuilds, generations, start_rebuild
from shared.auth.dependency import Me
from shared.auth.permissions import ADMIN
from shared.http import Router, View
from shared.topic import parts

router = Router(
    prefix="/api/reporting/rebuilds",
    tags=["history"],
    about="The rows that everything is counted from, built anew from the stream.",
)


class RebuildView(View):
    """A finished rebuild: how many events of the stream it read, and the rows that they came to."""

    generation: int
    began_at: datetime
    ended_at: datetime
    events: int
    rows: int


class GenerationsView(View):
    """The generation that is shown, the one that is being built (null: none), and the finished ones, oldest first."""

    current: int
    building: int | None
    began_at: datetime | None
    past: Sequence[RebuildView]


def _rebuilds(call: Request) -> Rebuilds:
    return parts(call)[Rebuilds]


@router.post("", allow=ADMIN, status_code=202)
async def post_rebuild(call: Request, actor: Me) -> GenerationsView:
    """Begin a new generation of rows from the stream; it is swapped in when it is whole."""
    return _view(await start_rebuild(_rebuilds(call), actor.id))


@router.get("", allow=ADMIN)
async def get_rebuilds(call: Request) -> GenerationsView:
    """Return the generations: shown, being built, built."""
    return _view(await generations(_rebuilds(call)))


def _view(state: Generations) -> GenerationsView:
    past = [
        RebuildView(
            generation=one.generation, began_at=one.began_at, ended_at=one.ended_at, events=one.events, rows=one.rows
        )
        for one in state.past
    ]
    return GenerationsView(current=state.current, building=state.building, began_at=state.began_at, past=past)
