"""What units are: a typed tree without circles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from services.members.creation.domain import CreationKey
from shared.contracts.event import Fact
from shared.contracts.members import UnitFormed
from shared.refusal import Refusal


class UnitType(StrEnum):
    """What a unit is."""

    COMMITTEE = "committee"
    GENERAL_BRANCH = "general_branch"
    BRANCH = "branch"
    GROUP = "group"
    DORMITORY = "dormitory"
    LEAGUE_BRANCH = "league_branch"
    CLASS = "class"


LEVELS: Final[Mapping[UnitType, int]] = {
    UnitType.COMMITTEE: 0,
    UnitType.GENERAL_BRANCH: 1,
    UnitType.BRANCH: 2,
    UnitType.LEAGUE_BRANCH: 2,
    UnitType.GROUP: 3,
    UnitType.CLASS: 3,
    UnitType.DORMITORY: 4,
}
"""The level of each type of unit. A parent stands on a higher level (a lower number): no circle can form."""


class Why(StrEnum):
    """Why a unit is refused."""

    TAKEN = "unit.taken"
    UNKNOWN_PARENT = "unit.unknown_parent"
    WRONG_LEVEL = "unit.wrong_level"
    OTHER_TYPE = "unit.other_type"


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisational unit; `parent` is the id of the unit it belongs to."""

    type: UnitType
    name: str
    parent: str | None
    form: CreationKey | None = None


def check_unit(unit: Unit, known: Mapping[str, UnitType]) -> None:
    """Refuse a unit whose parent is unknown or does not stand above it; `known` holds the types of the other units."""
    if unit.parent is None:
        return
    if unit.parent not in known:
        raise Refusal(Why.UNKNOWN_PARENT, parent=unit.parent)
    if LEVELS[known[unit.parent]] >= LEVELS[unit.type]:
        raise Refusal(Why.WRONG_LEVEL, parent=unit.parent, type=unit.type)


def formed(unit_id: str, unit: Unit) -> tuple[Unit, Sequence[Fact]]:
    """Return a checked unit with the fact that it exists."""
    return unit, [_unit_fact(unit_id, unit)]


def corrected(unit_id: str, wanted: Unit, unit: Unit) -> tuple[Unit, Sequence[Fact]]:
    """Correct a unit's name or parent; the same again is no change. Refuses another type."""
    if wanted.type is not unit.type:
        raise Refusal(Why.OTHER_TYPE, id=unit_id, type=unit.type)
    wanted = replace(wanted, form=unit.form)
    if wanted == unit:
        return unit, []
    return wanted, [_unit_fact(unit_id, wanted)]


def _unit_fact(unit_id: str, unit: Unit) -> Fact:
    return UnitFormed(unit_id=unit_id, type=unit.type, name=unit.name, parent_id=unit.parent)
