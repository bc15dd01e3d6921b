"""What lines of places and of units ask for."""

from collections.abc import Callable, Mapping, Sequence

from services.members.imports.domain.faults import Fault
from services.members.imports.domain.kinds import CLEAR
from services.members.imports.domain.naming import UnitNames
from services.members.imports.domain.people import kept
from services.members.imports.domain.reading import Line
from services.members.places.domain import Place
from services.members.places.domain import check as check_place
from services.members.units.domain import LEVELS, Unit, check_unit
from shared.contracts.places import parent_of
from shared.refusal import Refusal


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
            name_en=kept(cells, "name_en", old.name_en if old else cells["name"], cells["name"]),
            parent=parent_of(line.key),
            capacity=kept(cells, "capacity", old.capacity if old else None, None),
        )
        _note(faults, line, lambda line=line, place=place: check_place(line.key, place.type, place.capacity, types))
        wanted[line.key] = place
    return wanted, faults


def units_of(lines: Sequence[Line], known: Mapping[str, Unit]) -> tuple[dict[str, Unit], list[Fault]]:
    """Return the units of a file, higher levels first, and what is wrong with them; a parent is named by id or name."""
    whole = [line for line in lines if "type" in line.cells and "name" in line.cells]
    types = {unit_id: unit.type for unit_id, unit in known.items()} | {one.key: one.cells["type"] for one in whole}
    called = {unit_id: unit.name for unit_id, unit in known.items()} | {one.key: one.cells["name"] for one in whole}
    names = UnitNames(called.items())
    wanted: dict[str, Unit] = {}
    faults: list[Fault] = []
    for line in sorted(whole, key=lambda one: (LEVELS[one.cells["type"]], one.number)):
        old = known.get(line.key)
        parent = line.cells.get("parent")
        if parent is None:
            parent = old.parent if old else None
        elif parent is CLEAR:
            parent = None
        else:
            try:
                parent = names.find(parent)
            except Refusal as refusal:
                faults.append(line.fault("parent", refusal.code, parent, refusal.params))
                continue
        unit = Unit(type=line.cells["type"], name=line.cells["name"], parent=parent)
        _note(faults, line, lambda unit=unit: check_unit(unit, types))
        wanted[line.key] = unit
    return wanted, faults


def _note(faults: list[Fault], line: Line, check: Callable[[], None]) -> None:
    try:
        check()
    except Refusal as refusal:
        faults.append(line.fault("", refusal.code, line.key, refusal.params))
