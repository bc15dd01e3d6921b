"""What people ask of boards: the community board, whole, live, and counted anew."""

from collections.abc import AsyncGenerator
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import Header, Request, Response

from services.reporting.boards.domain import Board
from services.reporting.boards.handlers import LiveBoard
from shared.auth.dependency import Me, still_signed_in
from shared.auth.limits import Streams
from shared.auth.permissions import STAFF
from shared.http import Router, ServerEvent, View, sse
from shared.topic import parts

router = Router(
    prefix="/api/reporting/boards", tags=["boards"], about="The community board: whole, live, and counted anew."
)

LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", description="The number of the board seen last.")]


class RecountView(View):
    """A recount from the rows: `same` when the running sums agree, else the parts of the board that differ."""

    same: bool
    differences: tuple[str, ...]
    generation: int
    requests: int
    events: int
    as_of: datetime


def _board(call: Request) -> LiveBoard:
    return parts(call)[LiveBoard]


@router.get("/community", allow=STAFF, response_model=Board)
async def get_community(call: Request) -> Response:
    """Return the community board as it is now."""
    return Response(_board(call).frame().raw, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get(
    "/community/live", allow=STAFF, response_class=Response, responses={200: {"content": {"text/event-stream": {}}}}
)
async def get_community_live(call: Request, me: Me, last_event_id: LastEventId = None) -> Response:
    """Stream the whole board: at once, then whenever it changed, four times a second at most; a comment every 15 s.

    It ends with the session of whoever watches, with an event `session_ended`. One person has twenty open at most.
    """
    streams: Streams = call.app.state.streams
    streams.enter(me.id)
    board = _board(call)

    async def events() -> AsyncGenerator[ServerEvent, None]:
        async for frame in board.watch(last_event_id):
            yield ServerEvent("board", str(frame.seq), frame.raw.decode())

    return sse(events(), still_signed_in(call, me), lambda: streams.leave(me.id))


@router.get("/community/recount", allow=STAFF)
async def get_recount(call: Request) -> RecountView:
    """Count the board anew from the rows and compare."""
    found = asdict(await _board(call).recount())
    return RecountView.model_validate({**found, "same": not found["differences"]})
