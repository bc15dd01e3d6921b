"""What a workbook says: its parts, and what kinds of files are no workbooks that we read.

The parts are read as they stand, for what matters here is lost in a library's view of a workbook: formulas that were
never calculated, the digits of a number and how they are shown, hidden and merged cells, cells beyond the range that
the sheet says it has. Transitional and strict workbooks differ in namespaces only, which are not looked at.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from xml.parsers import expat

from openpyxl.utils.escape import unescape

from services.members.imports.domain.cells import MOST_CELLS, Cell, Sheet, Why
from services.members.imports.domain.numbers import format_of
from services.members.imports.domain.sheet_xml import SheetReader, Style, text_cell
from shared.refusal import Refusal

UNPACKED_LIMIT: Final = 64 * 1024 * 1024
"""The most bytes that the parts of one workbook may unpack to."""
_MOST_SHEETS: Final = 64
_CHUNK: Final = 64 * 1024
_ZIP: Final = b"PK"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED: Final = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK: Final = "/officeDocument"
_SHEET: Final = "/worksheet"
_NO_CELLS: Final = ("/chartsheet", "/dialogsheet", "/xlMacrosheet")

_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    EOFError,
    LookupError,
    ValueError,
    StopIteration,
    OSError,
    RuntimeError,  # zipfile says so of a part with a password, and of a packing that it does not know
)
"""What a file raises that is no workbook, or a damaged one."""

Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


def is_workbook(raw: bytes) -> bool:
    """Tell whether the bytes are a workbook's, whatever the file is called; refuses those of other kinds of tables."""
    if raw.startswith(_OLE):
        raise Refusal(Why.LOCKED_WORKBOOK if _LOCKED in raw else Why.OLD_WORKBOOK)
    return raw.startswith(_ZIP)


def sheets_of_workbook(raw: bytes) -> list[Sheet]:
    """Return every sheet with cells; refuses what is no workbook, or unpacks to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            return _Workbook(_Parts(packed)).sheets()
    except _BROKEN as error:
        raise Refusal(Why.UNREADABLE, form="xlsx") from error


class _Parts:
    """The parts of a package; all that is read of them together is bounded."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self._names = {name.lower(): name for name in packed.namelist()}
        self._left = UNPACKED_LIMIT

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    def parse(self, name: str, start: Start, end: End | None = None, text: Text | None = None) -> None:
        """Read a part of XML; tags are told without their prefix. Refuses a document type, whose entities may grow."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda tag, attributes: start(_local(tag), attributes)
        if end is not None:
            parser.EndElementHandler = lambda tag: end(_local(tag))
        if text is not None:
            parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        for chunk in self._chunks(name):
            parser.Parse(chunk, False)  # noqa: FBT003 - the parser takes it by place
        parser.Parse(b"", True)  # noqa: FBT003 - the parser takes it by place

    def _chunks(self, name: str) -> Iterator[bytes]:
        with self._packed.open(self._names[name.lower()]) as part:
            while chunk := part.read(_CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise Refusal(Why.TOO_LARGE, most=UNPACKED_LIMIT)
                yield chunk


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _refuse_doctype(*_: object) -> None:
    raise Refusal(Why.UNREADABLE, form="xlsx")


class _Workbook:
    """A workbook that is being read."""

    def __init__(self, parts: _Parts) -> None:
        self._parts = parts
        self._path = self._main()
        self._links = self._links_of(self._path)
        self._found: list[tuple[str, str, bool]] = []
        self._stale = False
        self._filled = 0

    def sheets(self) -> list[Sheet]:
        """Return the sheets in their order."""
        self._parts.parse(self._path, self._in_workbook)
        if not 0 < len(self._found) <= _MOST_SHEETS:
            raise Refusal(Why.UNREADABLE, form="xlsx")
        strings, styles = self._strings(), self._styles()
        return [
            self._sheet(name, self._links[link][1], strings, styles, hidden=hidden)
            for name, link, hidden in self._found
            if not self._links[link][0].endswith(_NO_CELLS)
        ]

    def _sheet(self, name: str, path: str, strings: list[Cell | None], styles: list[Style], *, hidden: bool) -> Sheet:
        reader = SheetReader(strings, styles, stale=self._stale, most=MOST_CELLS - self._filled)
        self._parts.parse(path, reader.start, reader.end, reader.text)
        self._filled += reader.filled
        return reader.sheet(name, hidden=hidden)

    def _main(self) -> str:
        if "mimetype" in self._parts:
            raise Refusal(Why.OTHER_FORMAT, form="ods")
        links = self._links_of("").values()
        path = next((path for kind, path in links if kind.endswith(_WORKBOOK)), "")
        if not path.lower().endswith(".xml"):
            raise Refusal(Why.OTHER_FORMAT, form=posixpath.splitext(path)[1].lstrip(".") or "zip")
        return path

    def _links_of(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the kind and the path of what a part refers to, by the name of the reference."""
        folder, name = posixpath.split(part)
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: Mapping[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))
                found[attributes["Id"]] = attributes["Type"], target.lstrip("/")

        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path in self._parts:
            self._parts.parse(path, start)
        return found

    def _in_workbook(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "sheet":
            hidden = attributes.get("state", "visible") != "visible"
            link = next(value for key, value in attributes.items() if _local(key) == "id")
            self._found.append((attributes["name"], link, hidden))
        if tag == "calcPr" and attributes.get("fullCalcOnLoad") in {"1", "true"}:
            self._stale = True

    def _linked(self, kind: str) -> str | None:
        return next((path for its, path in self._links.values() if its.endswith(kind)), None)

    def _strings(self) -> list[Cell | None]:
        """Return the strings that cells refer to by number: rich texts whole, without the readings of characters."""
        path = self._linked("/sharedStrings")
        found: list[Cell | None] = []
        parts: list[str] = []
        inside: list[str] = []

        def start(tag: str, _: Mapping[str, str]) -> None:
            inside.append(tag)

        def end(tag: str) -> None:
            inside.pop()
            if tag == "si":
                found.append(text_cell(unescape("".join(parts))))
                parts.clear()

        def text(data: str) -> None:
            if inside[-1] == "t" and "rPh" not in inside:
                parts.append(data)

        if path is not None:
            self._parts.parse(path, start, end, text)
        return found

    def _styles(self) -> list[Style]:
        """Return how each style of cells shows numbers."""
        path = self._linked("/styles")
        own: dict[int, str] = {}
        numbers: list[int] = []
        inside: list[str] = []

        def start(tag: str, attributes: Mapping[str, str]) -> None:
            if tag == "numFmt" and inside[-1:] == ["numFmts"]:
                own[int(attributes["numFmtId"])] = attributes["formatCode"]
            if tag == "xf" and inside[-1:] == ["cellXfs"]:
                numbers.append(int(attributes.get("numFmtId", "0")))
            inside.append(tag)

        def end(_: str) -> None:
            inside.pop()

        if path is not None:
            self._parts.parse(path, start, end)
        return [Style(format_of(number, own)) for number in numbers]
