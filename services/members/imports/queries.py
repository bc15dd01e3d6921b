"""Templates as files."""

import csv
import io
from collections.abc import Sequence
from typing import Final

import openpyxl
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from services.members.imports.domain.template import Template

_TEXT: Final = "@"
_WIDTH: Final = 18
_WIDE: Final = 60
_ROWS: Final = 20_000


def as_text(template: Template) -> bytes:
    """Return a template as comma-separated values that spreadsheets open: remarks, the heading, example rows."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([[" — ".join(cell for cell in row if cell)] for row in template.explanation])
    writer.writerows([template.headings, *template.examples])
    return out.getvalue().encode("utf-8-sig")


def as_workbook(template: Template) -> bytes:
    """Return a template as a workbook: every cell is text, closed lists are offered, a second sheet explains."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    _fill(sheet, [template.headings, *template.examples], _WIDTH)
    for at in range(1, len(template.headings) + 1):
        column = get_column_letter(at)
        sheet.column_dimensions[column].number_format = _TEXT
        for cell in sheet[column]:
            cell.number_format = _TEXT
        if at - 1 in template.choices:
            words = ",".join(template.choices[at - 1])
            cells = f"{column}2:{column}{_ROWS}"
            offered = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True, sqref=cells)  # type: ignore[arg-type]
            sheet.add_data_validation(offered)
    sheet.freeze_panes = "A2"
    explanation = book.create_sheet(template.title)
    _fill(explanation, template.explanation, _WIDTH)
    explanation.column_dimensions["C"].width = _WIDE
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _fill(sheet: Worksheet, rows: Sequence[Sequence[str]], width: int) -> None:
    for row in rows:
        sheet.append(list(row))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(vertical="center")
    for at in range(1, max(map(len, rows)) + 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
