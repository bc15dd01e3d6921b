"""Importing files over HTTP."""

from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import Query, Request, Response

from services.members.imports.domain.faults import MOST_FAULTS, Fault
from services.members.imports.domain.kinds import What
from services.members.imports.domain.losses import Change
from services.members.imports.domain.template import Language, template
from services.members.imports.handlers import Imports, Report, import_file
from services.members.imports.queries import as_text, as_workbook
from shared.auth.dependency import Me
from shared.auth.limits import Limit
from shared.auth.permissions import ADMIN
from shared.http import Router, View
from shared.refusal import Refusal
from shared.topic import part

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILE: Final[dict[str, Any]] = {"requestBody": {"required": True, "content": {CSV: {}, XLSX: {}}}}
_TEMPLATE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The template", "content": {CSV: {"schema": {"type": "string"}}, XLSX: _BINARY}}
}

IMPORTING: Final = Limit("importing", burst=60, seconds=10.0)
"""Files of one administrator: each may hold two hundred thousand cells."""
_FILE_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of a file."""

router = Router(prefix="/api/members", tags=["imports"], about="Files of people, places and units.")


class Form(StrEnum):
    """The form of a file."""

    CSV = "csv"
    XLSX = "xlsx"


class FaultView(View):
    """Something wrong: `row` counts as the spreadsheet does (0: the whole sheet), `column` is said as the file says it.

    `field` is the column's own name, empty when it has none; `value` is what stands in the cell; `params` fill the
    wording that the pages keep for the code.
    """

    sheet: str
    row: int
    column: str
    field: str
    code: str
    message: str
    value: str
    params: dict[str, str | int | float | bool | None]


class LossView(View):
    """A value that is not there any more afterwards: whose (`key` and `name`), in which column, before and after."""

    sheet: str
    row: int
    key: str
    name: str
    field: str
    column: str
    change: Change
    before: tuple[str, ...]
    after: tuple[str, ...]


class ReportView(View):
    """What the import did (or in a dry run would do). With any error nothing was written; the first 200 are listed.

    `taken` lists what is taken away or replaced, by name, at most 200 and what is removed first; `removed_count` and
    `replaced_count` tell all. `passwords_kept` counts people whose password stays although the file gives one.
    """

    dry_run: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    errors: list[FaultView]
    error_count: int
    taken: list[LossView]
    removed_count: int
    replaced_count: int
    passwords_kept: int
    sheets: tuple[str, ...]


def _fault_view(fault: Fault) -> FaultView:
    words = fault.code.partition(".")[2].replace("_", " ")
    return FaultView.of(
        fault,
        message=f"{words}: {fault.value}" if fault.value else words,
        params={**(fault.params or {}), "value": fault.value},
    )


def _view(report: Report) -> ReportView:
    return ReportView.of(
        report,
        errors=[_fault_view(fault) for fault in report.faults[:MOST_FAULTS]],
        error_count=report.fault_count,
        taken=report.losses.shown,
        removed_count=report.losses.removed,
        replaced_count=report.losses.replaced,
    )


@router.post("/imports", allow=ADMIN.paced(IMPORTING), body_limit=_FILE_LIMIT, openapi_extra=_FILE)
async def post_import(
    imports: Annotated[Imports, part(Imports)],
    me: Me,
    request: Request,
    what: Annotated[What, Query()],
    *,
    dry_run: Annotated[bool, Query()] = False,
) -> ReportView:
    """Import people, places or units from a CSV file or from every sheet of an XLSX workbook.

    The bytes tell which of both it is. Whatever cannot be read for certain is an error of its cell; an empty cell keeps
    what is known, and only a word clears it.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in {CSV, XLSX}:
        code = "http.content_type"
        raise Refusal(code, expected=f"{CSV} or {XLSX}", given=media)
    raw = await request.body()
    return _view(await import_file(imports, me.id, what, raw, dry_run=dry_run))


@router.get("/imports/template", allow=ADMIN, response_class=Response, responses=_TEMPLATE)
async def get_import_template(
    what: Annotated[What, Query()] = What.PEOPLE,
    form: Annotated[Form, Query()] = Form.XLSX,
    language: Annotated[Language, Query()] = Language.ZH,
) -> Response:
    """Give a file to begin with: headings, example rows, and what may stand in each column."""
    wanted = template(what, language)
    raw = as_workbook(wanted) if form is Form.XLSX else as_text(wanted)
    headers = {"Content-Disposition": f'attachment; filename="yizhan-{what}.{form}"'}
    return Response(raw, media_type=XLSX if form is Form.XLSX else CSV, headers=headers)
