"""Importing files over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request

from services.members.columns.domain import What, Why
from services.members.imports.domain import MOST_FAULTS, Fault
from services.members.imports.handlers import ImportsDesk, Report, import_file
from shared.auth.dependency import Me
from shared.http import Router, View
from shared.refusal import Refusal

REFUSALS: Final[Mapping[str, int]] = dict.fromkeys(Why, 422)
"""HTTP status of every refusal code of imports; those of rows and columns come in the report's `errors`."""

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILE: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {CSV: {"schema": {"type": "string"}}, XLSX: _BINARY}}
}

router = Router(prefix="/api/members", tags=["imports"])


async def _desk(request: Request) -> ImportsDesk:
    rooms: Any = request.app.state.rooms
    return rooms.imports


class FaultView(View):
    """Something wrong: `row` counts as the spreadsheet does (the header is row 1)."""

    row: int
    column: str
    code: str
    message: str


class ReportView(View):
    """What the import did (or in a dry run would do). With any error nothing was written; the first 200 are listed."""

    dry_run: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    errors: list[FaultView]
    error_count: int


def _fault_view(fault: Fault) -> FaultView:
    words = fault.code.partition(".")[2].replace("_", " ")
    return FaultView(
        row=fault.row,
        column=fault.column,
        code=fault.code,
        message=f"{words}: {fault.value}" if fault.value else words,
    )


def _view(report: Report) -> ReportView:
    return ReportView(
        dry_run=report.dry_run,
        rows=report.rows,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        errors=[_fault_view(fault) for fault in report.faults[:MOST_FAULTS]],
        error_count=len(report.faults),
    )


@router.post("/imports", openapi_extra=_FILE)
async def post_import(
    desk: Annotated[ImportsDesk, Depends(_desk)],
    me: Me,
    request: Request,
    what: Annotated[What, Query()],
    *,
    dry_run: Annotated[bool, Query()] = False,
) -> ReportView:
    """Import people, places or units from a CSV file or the first sheet of an XLSX workbook."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in {CSV, XLSX}:
        code = "http.content_type"
        raise Refusal(code, expected=f"{CSV} or {XLSX}", given=media)
    raw = await request.body()
    return _view(await import_file(desk, me.id, what, raw, xlsx=media == XLSX, dry_run=dry_run))
