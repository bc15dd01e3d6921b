"""What units and duty areas are: a typed tree without circles, and one owner at most for any place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.members.forms.domain import Form
from services.members.forms.domain import Why as WhyForm
from shared.contracts.event import Fact
from shared.contracts.members import DutyAreaAssigned, DutyAreaReleased, UnitFormed
from shared.contracts.places import holds
from shared.refusal import Refusal

DUTY_MAP: Final = "duty-map"
"""The id of the one document that holds every duty area, so that one guarded write keeps areas from overlapping."""


class UnitType(StrEnum):
    """What a unit is."""

    COMMITTEE = "committee"
    GENERAL_BRANCH = "general_branch"
    BRANCH = "branch"
    GROUP = "group"
    DORMITORY = "dormitory"
    LEAGUE_BRANCH = "league_branch"
    CLASS = "class"


LEVELS: Final[Mapping[UnitType, int]] = MappingProxyType(
    {
        UnitType.COMMITTEE: 0,
        UnitType.GENERAL_BRANCH: 1,
        UnitType.BRANCH: 2,
        UnitType.LEAGUE_BRANCH: 2,
        UnitType.GROUP: 3,
        UnitType.CLASS: 3,
        UnitType.DORMITORY: 4,
    }
)
"""The level of each type of unit. A parent stands on a higher level (a lower number): no circle can form."""


class Why(StrEnum):
    """Why a unit or a duty area is refused."""

    UNIT_TAKEN = "unit.taken"
    UNKNOWN_PARENT = "unit.unknown_parent"
    WRONG_LEVEL = "unit.wrong_level"
    OTHER_TYPE = "unit.other_type"
    NO_PLACES = "duty_area.no_places"
    OVERLAP = "duty_area.overlap"
    UNKNOWN_OWNER = "duty_area.unknown_owner"
    UNKNOWN_PLACE = "duty_area.unknown_place"
    UNKNOWN_UNIT = "duty_area.unknown_unit"
    UNKNOWN_AREA = "duty_area.not_found"


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisational unit; `parent` is the id of the unit it belongs to."""

    type: UnitType
    name: str
    parent: str | None
    form: Form | None = None


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


def corrected(unit_id: str, unit: Unit, wanted: Unit) -> tuple[Unit, Sequence[Fact]]:
    """Correct a unit's name or parent; the same again is no change. Refuses another type."""
    if wanted.type is not unit.type:
        raise Refusal(Why.OTHER_TYPE, id=unit_id, type=unit.type)
    wanted = replace(wanted, form=unit.form)
    if wanted == unit:
        return unit, []
    return wanted, [_unit_fact(unit_id, wanted)]


@dataclass(frozen=True, slots=True)
class Area:
    """Places that one person answers for, from `assigned_at` until `released_at` (None while it lasts)."""

    id: str
    owner_id: str
    unit_id: str | None
    places: tuple[str, ...]
    assigned_at: datetime
    assigned_by: str
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DutyMap:
    """Every duty area there is or was."""

    areas: tuple[Area, ...] = ()

    def active(self) -> tuple[Area, ...]:
        """Return the areas that somebody answers for now."""
        return tuple(area for area in self.areas if area.released_at is None)


def area_of(duty: DutyMap, area_id: str) -> Area | None:
    """Return the area with this id, ended or not, or None."""
    return next((one for one in duty.areas if one.id == area_id), None)


def assign(duty: DutyMap, area: Area) -> tuple[DutyMap, Sequence[Fact]]:
    """Give an area to its owner. The same area again is no change; refuses one that overlaps another in any place."""
    known = area_of(duty, area.id)
    if known is not None:
        if (known.owner_id, known.unit_id, known.places) != (area.owner_id, area.unit_id, area.places):
            raise Refusal(WhyForm.KEY_REUSED)
        return duty, []
    if not area.places:
        raise Refusal(Why.NO_PLACES)
    for other in duty.active():
        for mine in area.places:
            for theirs in other.places:
                if holds(mine, theirs) or holds(theirs, mine):
                    raise Refusal(Why.OVERLAP, place=mine, taken=theirs, owner_id=other.owner_id)
    told = DutyAreaAssigned(area_id=area.id, owner_id=area.owner_id, unit_id=area.unit_id, places=area.places)
    return replace(duty, areas=(*duty.areas, area)), [told]


def release(duty: DutyMap, area_id: str, now: datetime) -> tuple[DutyMap, Sequence[Fact]]:
    """End an area; its history stays. Ending it again is no change; refuses an unknown one."""
    area = area_of(duty, area_id)
    if area is None:
        raise Refusal(Why.UNKNOWN_AREA, id=area_id)
    if area.released_at is not None:
        return duty, []
    ended = replace(area, released_at=now)
    areas = tuple(ended if one.id == area_id else one for one in duty.areas)
    return replace(duty, areas=areas), [DutyAreaReleased(area_id=area_id)]


def _unit_fact(unit_id: str, unit: Unit) -> Fact:
    return UnitFormed(unit_id=unit_id, type=unit.type, name=unit.name, parent_id=unit.parent)
