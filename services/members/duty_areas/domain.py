"""What a duty area is: one owner at most for any place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.members.creation.domain import Why as WhyCreation
from shared.contracts.event import Fact
from shared.contracts.members import DutyAreaAssigned, DutyAreaReleased
from shared.contracts.places import holds
from shared.refusal import Refusal

DUTY_MAP: Final = "duty-map"
"""The id of the one document that holds every duty area, so that one guarded write keeps areas from overlapping."""


class Why(StrEnum):
    """Why a duty area is refused."""

    NO_PLACES = "duty_area.no_places"
    OVERLAP = "duty_area.overlap"
    UNKNOWN_OWNER = "duty_area.unknown_owner"
    UNKNOWN_PLACE = "duty_area.unknown_place"
    UNKNOWN_UNIT = "duty_area.unknown_unit"
    NOT_FOUND = "duty_area.not_found"


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
            raise Refusal(WhyCreation.KEY_REUSED)
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
        raise Refusal(Why.NOT_FOUND, id=area_id)
    if area.released_at is not None:
        return duty, []
    ended = replace(area, released_at=now)
    areas = tuple(ended if one.id == area_id else one for one in duty.areas)
    return replace(duty, areas=areas), [DutyAreaReleased(area_id=area_id)]
