"""What is wrong with an imported table, by row, column and code, and what it asks for when nothing is wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from services.members.columns.domain import COLUMNS, OTHER_NAMES, REQUIRED, What, Why
from services.members.organisation.domain import LEVELS, Unit, check_unit
from services.members.people.domain import PARTY, Profile, staged
from services.members.places.domain import Place
from services.members.places.domain import check as check_place
from shared.contracts.members import Role
from shared.contracts.places import parent_of
from shared.refusal import Refusal

MOST_ROWS: Final = 20_000
"""The most rows of one file."""
MOST_FAULTS: Final = 200
"""The most faults that one answer lists."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong: `row` counts from 1 with the header as row 1, `column` is the column's name (or empty)."""

    row: int
    column: str
    code: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row that was read: its number, its key (account name, place id or unit id) and its cells by column."""

    number: int
    key: str
    cells: Mapping[str, Any]


Table = tuple[tuple[str, ...], ...]
K = TypeVar("K")


def read(what: What, table: Table) -> tuple[list[Line], list[Fault]]:
    """Read a table, header first, into lines and faults; blank rows are skipped. Refuses an empty or too long one."""
    if not any(any(row) for row in table):
        raise Refusal(Why.EMPTY)
    if len(table) - 1 > MOST_ROWS:
        raise Refusal(Why.TOO_MANY_ROWS, most=MOST_ROWS)
    header = [OTHER_NAMES.get(name.strip().lower(), name.strip().lower()) for name in table[0]]
    faults = _header_faults(what, header)
    if faults:
        return [], faults
    lines: list[Line] = []
    seen: set[str] = set()
    for number, row in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells, wrong = _cells(what, header, number, row)
        faults += wrong
        key = cells.get(REQUIRED[what][0])
        if key is None:
            continue
        if key in seen:
            faults.append(Fault(number, REQUIRED[what][0], Why.DUPLICATE_ROW, key))
        seen.add(key)
        lines.append(Line(number, key, cells))
    return lines, faults


def _header_faults(what: What, header: Sequence[str]) -> list[Fault]:
    missing = [Fault(1, name, Why.MISSING_COLUMN) for name in REQUIRED[what] if name not in header]
    unknown = [Fault(1, name, Why.UNKNOWN_COLUMN) for name in header if name and name not in COLUMNS[what]]
    double = [Fault(1, name, Why.DUPLICATE_COLUMN) for name in sorted(set(header)) if name and header.count(name) > 1]
    return [*missing, *unknown, *double]


def _cells(what: What, header: Sequence[str], number: int, row: Sequence[str]) -> tuple[dict[str, Any], list[Fault]]:
    cells: dict[str, Any] = {}
    faults: list[Fault] = []
    for column, raw in zip(header, (*row, *[""] * len(header)), strict=False):
        cell = raw.strip()
        if not cell:
            if column in REQUIRED[what]:
                faults.append(Fault(number, column, Why.REQUIRED))
            elif column:
                cells[column] = None
            continue
        if not column:
            faults.append(Fault(number, "", Why.UNKNOWN_COLUMN, cell[:40]))
            continue
        try:
            cells[column] = COLUMNS[what][column](cell)
        except Refusal as refusal:
            faults.append(Fault(number, column, refusal.code, str(refusal.params.get("value") or "")[:40]))
    return cells, faults


def profile_of(line: Line, known: Profile | None) -> Profile:
    """Return what the ledger should say after this line: columns that the file does not have keep what is known."""
    cells = line.cells
    base = known or Profile(name="", roles=(Role.STUDENT,))
    wanted = replace(
        base,
        name=cells["name"],
        roles=_kept(cells, "roles", base.roles, (Role.STUDENT,)),
        place=_kept(cells, "room", base.place, None),
        units=_kept(cells, "units", base.units, ()),
        skills=_kept(cells, "skills", base.skills, ()),
        busy=_kept(cells, "busy", base.busy, ()),
        phone=_kept(cells, "phone", base.phone, None),
        reachable=_kept(cells, "reachable", base.reachable, True),  # noqa: FBT003 - what an empty cell means
    )
    return staged(wanted, cells.get("stage"), party_member=cells.get("party_member"))


def people_faults(lines: Sequence[Line], places: frozenset[str], units: frozenset[str]) -> list[Fault]:
    """Return what is wrong with people in the light of the places and units that are known."""
    faults: list[Fault] = []
    for line in lines:
        room, stage, member = (line.cells.get(name) for name in ("room", "stage", "party_member"))
        if room is not None and room not in places:
            faults.append(Fault(line.number, "room", Why.UNKNOWN_PLACE, room))
        if stage is not None and member is not None and (stage in PARTY) != member:
            faults.append(Fault(line.number, "party_member", Why.BAD_VALUE, stage))
        faults += [
            Fault(line.number, "units", Why.UNKNOWN_UNIT, unit)
            for unit in line.cells.get("units") or ()
            if unit not in units
        ]
    return faults


def places_of(lines: Sequence[Line], known: Mapping[str, Place]) -> tuple[dict[str, Place], list[Fault]]:
    """Return the places of a file, wider ones first, and what is wrong with them; parents may stand further down."""
    types = {place_id: place.type for place_id, place in known.items()}
    types |= {line.key: line.cells["type"] for line in lines if "type" in line.cells}
    wanted: dict[str, Place] = {}
    faults: list[Fault] = []
    for line in sorted(lines, key=lambda one: (one.key.count("."), one.number)):
        cells, old = line.cells, known.get(line.key)
        if "type" not in cells or "name" not in cells:
            continue
        place = Place(
            type=cells["type"],
            name=cells["name"],
            name_en=_kept(cells, "name_en", old.name_en if old else cells["name"], cells["name"]),
            parent=parent_of(line.key),
            capacity=_kept(cells, "capacity", old.capacity if old else None, None),
        )
        _note(faults, line, lambda line=line, place=place: check_place(line.key, place.type, place.capacity, types))
        wanted[line.key] = place
    return wanted, faults


def units_of(lines: Sequence[Line], known: Mapping[str, Unit]) -> tuple[dict[str, Unit], list[Fault]]:
    """Return the units of a file, higher levels first, and what is wrong with them."""
    types = {unit_id: unit.type for unit_id, unit in known.items()}
    types |= {line.key: line.cells["type"] for line in lines if "type" in line.cells}
    whole = [line for line in lines if "type" in line.cells and "name" in line.cells]
    wanted: dict[str, Unit] = {}
    faults: list[Fault] = []
    for line in sorted(whole, key=lambda one: (LEVELS[one.cells["type"]], one.number)):
        old = known.get(line.key)
        parent = _kept(line.cells, "parent", old.parent if old else None, None)
        unit = Unit(type=line.cells["type"], name=line.cells["name"], parent=parent)
        _note(faults, line, lambda unit=unit: check_unit(unit, types))
        wanted[line.key] = unit
    return wanted, faults


def _note(faults: list[Fault], line: Line, check: Callable[[], None]) -> None:
    try:
        check()
    except Refusal as refusal:
        faults.append(Fault(line.number, "", refusal.code, line.key))


def _kept(cells: Mapping[str, Any], column: str, known: K, empty: K) -> K:
    if column not in cells:
        return known
    value = cells[column]
    return empty if value is None else value
