"""What people ask of rows: the requests as they were learnt, and when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Query, Request

from services.reporting.figures.handlers.live import LiveRollup
from services.reporting.figures.queries import BY_ID, after_of, sees_sealed
from services.reporting.lists.queries import request_row, request_rows, rows_of
from services.reporting.requests.domain.record import (
    ConfidentialRequest,
    RequestRecord,
    is_confidential,
    place_shown,
)
from services.reporting.rows.domain import Why
from services.reporting.rows.store import Rows
from shared.auth.actor import Actor
from shared.auth.dependency import Me
from shared.auth.permissions import STAFF
from shared.contracts.stages import Kind, LegState, Stage, Visibility
from shared.http import Page, Router, View, cursor_of
from shared.refusal import Refusal
from shared.topic import parts

router = Router(prefix="/api/reporting/rows", tags=["rows"], about="The requests as reporting learnt of them.")


class LegRowView(View):
    """One leg: its state, and the helper or the outside system that has it."""

    id: str
    state: LegState
    helper_id: str | None
    system: str | None


class RequestRowView(View):
    """A request as it was learnt. `filed_at` → `learnt_at` is the time from filing to this row; `events` its facts."""

    id: str
    version: int
    events: int
    stage: Stage
    kind: Kind
    category: str
    place: str
    visibility: Visibility
    urgent: bool
    filed_at: datetime
    learnt_at: datetime | None
    contacted_at: datetime | None
    due_at: datetime | None
    resolved_at: datetime | None
    ended_at: datetime | None
    reopened: bool
    solved: bool | None
    stars: int | None
    legs: Sequence[LegRowView]


def _rows(call: Request) -> tuple[Rows, int]:
    return parts(call)[Rows], parts(call)[LiveRollup].generation


@router.get("/requests", allow=STAFF)
async def get_request_rows(
    call: Request,
    reader: Me,
    cursor: Annotated[str | None, cursor_of(BY_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[RequestRowView]:
    """Return request rows by ascending id: those of where the reader works, and sealed ones for their two readers."""
    rows, generation = _rows(call)
    after, scope = after_of(cursor), reader.scope()
    if scope.everywhere:
        found, last = await request_rows(rows, generation, after=after, limit=limit, sealed=sees_sealed(reader))
    else:
        rollup = parts(call)[LiveRollup].rollup
        sealed = rollup.records(ConfidentialRequest) if sees_sealed(reader) else ()
        held = (one.id for one in rollup.records(RequestRecord).values() if scope.holds_place(one.place))
        found, last = await rows_of(rows, generation, (*held, *sealed), after=after, limit=limit)
    return Page(items=[_view(one) for one in found], next_cursor=BY_ID.cursor(last) if last else None)


@router.get("/requests/{request_id}", allow=STAFF)
async def get_request_row(call: Request, reader: Me, request_id: str) -> RequestRowView:
    """Return one request row; refuses `row.unknown`, also for one outside of where the reader works, or sealed."""
    rows, generation = _rows(call)
    found = await request_row(rows, generation, request_id)
    if found is None or not _is_shown(found, reader):
        raise Refusal(Why.UNKNOWN, request=request_id)
    return _view(found)


def _is_shown(found: RequestRecord, reader: Actor) -> bool:
    return sees_sealed(reader) if is_confidential(found) else reader.scope().holds_place(found.place)


def _view(found: RequestRecord) -> RequestRowView:
    legs = [LegRowView(id=leg.id, state=leg.state, helper_id=leg.helper_id, system=leg.system) for leg in found.legs]
    shown = {name: getattr(found, name) for name in RequestRowView.model_fields if name not in {"legs", "place"}}
    return RequestRowView(**shown, legs=legs, place=place_shown(found))
