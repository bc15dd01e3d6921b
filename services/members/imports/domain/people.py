"""What lines of people ask for, in the light of what is known: an empty cell keeps, only a word clears."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from services.members.imports.domain.column_values import PARTS_OF_PLACE
from services.members.imports.domain.faults import Fault, told_value
from services.members.imports.domain.kinds import CLEAR, Why
from services.members.imports.domain.naming import PlaceNames, UnitNames
from services.members.imports.domain.reading import Line
from services.members.people.domain.person import Person
from services.members.people.domain.profile import PARTY, Profile, check_duty, skilled, staged
from services.members.people.domain.profile import Why as WhyPerson
from services.members.people.domain.role_counts import MOST_SEALED_READERS
from shared.contracts.members import Role
from shared.contracts.places import WHOLE, holds
from shared.refusal import Refusal

NOBODY: Final = Profile(name="", roles=(Role.STUDENT,))
"""What is known of somebody new."""
EVERYWHERE: Final = frozenset({WHOLE, "all", "全部", "全部校区", "所有", "所有校区", "全校"})
"""What a list may call the whole community."""


@dataclass(frozen=True, slots=True)
class Town:
    """What is known of places and units."""

    places: PlaceNames
    units: UnitNames


def resolved(line: Line, known: Profile | None, town: Town) -> tuple[Line, list[Fault]]:
    """Return the line with the ids of the places and units that it names, and what is wrong with it."""
    cells = dict(line.cells)
    faults = [
        *_place(line, cells, known, town),
        *_each(line, cells, "units", lambda unit: [town.units.find(unit)]),
        *_each(line, cells, "duty", lambda words: _duty(words, town)),
        *_each(line, cells, "skills", lambda word: skilled([word], known.skills if known else ())),
    ]
    stage, member = cells.get("stage"), cells.get("party_member")
    if stage is not None and member is not None and (stage in PARTY) != member:
        faults.append(line.fault("party_member", WhyPerson.STAGE_DISAGREES, stage))
    return replace(line, cells=cells), faults


def _place(line: Line, cells: dict[str, Any], known: Profile | None, town: Town) -> list[Fault]:
    parts = {part: cells.pop(part) for part in PARTS_OF_PLACE if part in cells}
    if not parts:
        return []
    if parts.get("room") is CLEAR:
        if len(parts) > 1:
            return [line.fault("room", Why.CANNOT_CLEAR)]
        cells["place"] = CLEAR
        return []
    try:
        place, decided = town.places.find(parts)
    except Refusal as refusal:
        column = str(refusal.params["part"])
        return [line.fault(column, refusal.code, told_value(refusal), refusal.params)]
    stays = decided != "room" and known is not None and known.place is not None and holds(place, known.place)
    if not stays:
        cells["place"] = place
    return []


def _each(line: Line, cells: dict[str, Any], column: str, find: Callable[[str], Iterable[str]]) -> list[Fault]:
    """Put what each word of a cell means in its place; what means nothing is a fault."""
    words, faults = cells.get(column), list[Fault]()
    if words is None or words is CLEAR:
        return faults
    found: list[str] = []
    for word in words:
        try:
            found += find(word)
        except Refusal as refusal:
            faults.append(line.fault(column, refusal.code, word, refusal.params))
    cells[column] = tuple(dict.fromkeys(found))
    return faults


def _duty(words: str, town: Town) -> list[str]:
    """Find a place that somebody works for, by its name or id alone."""
    place = WHOLE if words.lower() in EVERYWHERE else town.places.find({"room": words})[0]
    check_duty((place,))
    return [place]


def profile_of(line: Line, known: Profile | None) -> Profile:
    """Return what the ledger should say after this line: what the line does not say stays."""
    cells = line.cells
    base = known or NOBODY
    wanted = replace(
        base,
        name=cells["name"],
        roles=kept(cells, "roles", base.roles, base.roles),
        place=kept(cells, "place", base.place, None),
        units=kept(cells, "units", base.units, ()),
        duty=kept(cells, "duty", base.duty, ()),
        skills=kept(cells, "skills", base.skills, ()),
        busy=kept(cells, "busy", base.busy, ()),
        phone=kept(cells, "phone", base.phone, None),
        reachable=kept(cells, "reachable", base.reachable, base.reachable),
    )
    return staged(wanted, cells.get("stage"), party_member=cells.get("party_member"))


def kept(cells: Mapping[str, Any], column: str, known: Any, cleared: Any) -> Any:
    """Return what a cell says; what is known when it says nothing."""
    value = cells.get(column)
    if value is None:
        return known
    return cleared if value is CLEAR else value


def admin_faults(
    lines: Sequence[tuple[Line, Profile]], known: Mapping[str, Person], admins: frozenset[str]
) -> list[Fault]:
    """Return a fault for each line that takes away an administrator, when none would be left after the whole file.

    `known` holds people by account name, `admins` are the account names of all administrators.
    """
    after = set(admins)
    losing: list[Line] = []
    for line, wanted in lines:
        if Role.ADMIN in wanted.roles:
            after.add(line.key)
        elif line.key in after and line.key in known:
            after.discard(line.key)
            losing.append(line)
    return [] if after else [line.fault("roles", WhyPerson.LAST_ADMIN, line.key) for line in losing]


def reader_faults(lines: Sequence[tuple[Line, Profile]], readers: frozenset[str]) -> list[Fault]:
    """Return a fault for each line that makes a sealed reader, when there would be too many after the whole file.

    `readers` are the account names of all who are sealed readers before it.
    """
    after = set(readers)
    gaining: list[Line] = []
    for line, wanted in lines:
        if Role.SEALED_READER in wanted.roles:
            after.add(line.key)
            if line.key not in readers:
                gaining.append(line)
        else:
            after.discard(line.key)
    if len(after) <= MOST_SEALED_READERS:
        return []
    most = {"most": MOST_SEALED_READERS}
    return [line.fault("roles", WhyPerson.TOO_MANY_SEALED_READERS, line.key, most) for line in gaining]
