"""Files as spreadsheets write them, made for tests."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from services.members.imports.domain.faults import Fault
from services.members.imports.domain.kinds import What
from services.members.imports.domain.reading import Line, read
from services.members.imports.domain.template import explained
from services.members.imports.handlers import sheets_of

TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_LINKS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STYLES = {"00000000": 1, "yyyy/m/d": 2, "0%": 3, "#,##0": 4, "0.00": 5, "@": 6, "0.00E+00": 7, '"S"0000': 8, "0": 9}
"""Styles of the workbooks, by the code of their format."""


class Raw(str):
    """A cell as its element is written."""

    __slots__ = ()


def cell(value: Any) -> str:
    """Return the element of a cell: nothing, a text, a number, or one that is given as it is."""
    if value is None:
        return "<c/>"
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def number(value: object, code: str) -> Raw:
    """Return a number that is shown by this format."""
    return Raw(f'<c s="{STYLES[code]}"><v>{value}</v></c>')


def formula(text: str, value: str = "", kind: str = "") -> Raw:
    """Return a formula, with the value of its last calculation if it has one."""
    typed = f' t="{kind}"' if kind else ""
    last = f"<v>{value}</v>" if value else ""
    return Raw(f"<c{typed}><f>{escape(text)}</f>{last}</c>")


def sheet(
    rows: Sequence[Sequence[Any]], *, before: str = "", after: str = "", row: Mapping[int, str] | None = None
) -> str:
    """Return a sheet; `row` holds attributes of rows, `before` and `after` what stands around its data."""
    data = "".join(
        f"<row {(row or {}).get(at, '')}>{''.join(map(cell, cells))}</row>" for at, cells in enumerate(rows, start=1)
    )
    return f"{before}<sheetData>{data}</sheetData>{after}"


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a package with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def parts_of(
    sheets: Mapping[str, str],
    *,
    states: Mapping[str, str] | None = None,
    more: str = "",
    strict: bool = False,
    strings: str = "",
) -> dict[str, str | bytes]:
    """Return the parts of a workbook with these sheets."""
    space, links = (STRICT, STRICT_LINKS) if strict else (TRANSITIONAL, LINKS)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{at}" state="{(states or {}).get(name, "visible")}" r:id="r{at}"/>'
        for at, name in enumerate(sheets, start=1)
    )
    linked = "".join(
        f'<Relationship Id="r{at}" Type="{links}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    formats = "".join(
        f'<numFmt numFmtId="{170 + at}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        for code, at in STYLES.items()
    )
    styles = '<xf numFmtId="0"/>' + "".join(f'<xf numFmtId="{170 + at}"/>' for at in STYLES.values())
    parts: dict[str, str | bytes] = {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="w" Type="{links}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{space}" xmlns:r="{links}"><sheets>{listed}</sheets>{more}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{linked}'
        f'<Relationship Id="st" Type="{links}/styles" Target="/xl/styles.xml"/>'
        f'<Relationship Id="ss" Type="{links}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{space}"><numFmts>{formats}</numFmts><fills><fill/></fills>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{styles}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{space}">{strings}</sst>',
    }
    for at, body in enumerate(sheets.values(), start=1):
        parts[f"xl/worksheets/sheet{at}.xml"] = f'<worksheet xmlns="{space}">{body}</worksheet>'
    return parts


def workbook(*rows: Sequence[Any], **sheets: str) -> bytes:
    """Return a workbook with one sheet of these rows, or with these sheets."""
    return packed(parts_of(sheets or {"S1": sheet(rows)}))


def lines_of(what: What, raw: bytes | str) -> tuple[list[Line], list[Fault]]:
    """Read a file into lines and faults."""
    lines, faults = read(what, sheets_of(what, raw.encode() if isinstance(raw, str) else raw), explained(what))
    return lines, list(faults)


def told(what: What, raw: bytes | str) -> list[tuple[str, int, str, str]]:
    """Return the faults of a file: sheet, row, column in the words of the file, code without its first part."""
    return [(one.sheet, one.row, one.column, one.code.partition(".")[2]) for one in lines_of(what, raw)[1]]


def cells_of(what: What, raw: bytes | str) -> list[dict[str, Any]]:
    """Return the cells of a file without a fault."""
    lines, faults = lines_of(what, raw)
    assert faults == []
    return [dict(line.cells) for line in lines]
