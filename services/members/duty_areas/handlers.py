"""Commands on duty areas."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.members.duty_areas.domain import DUTY_MAP, Area, DutyMap, Why, area_of, assign, release
from services.members.people.domain.person import Person
from services.members.places.domain import Place
from services.members.units.domain import Unit
from shared.clock import Clock
from shared.ids import derive_id
from shared.refusal import Refusal
from shared.store.commands import change_or_create
from shared.store.document import Because, Created, Document, Documents


@dataclass(frozen=True, slots=True)
class DutyAreas:
    """Who answers for which places, and what an area names."""

    duty: Documents[DutyMap]
    people: Documents[Person]
    places: Documents[Place]
    units: Documents[Unit]
    clock: Clock


async def assign_duty_area(
    areas: DutyAreas, actor_id: str, key: str, owner_id: str, unit_id: str | None, places: tuple[str, ...]
) -> Created[Area]:
    """Give places to one person who answers for them, once per idempotency key; the same form again finds the area.

    Raises `Refusal` for unknown ones, places that somebody answers for, or a key that gave another area.
    """
    now = areas.clock.now()
    area = Area(derive_id("area", actor_id, key), owner_id, unit_id, places, assigned_at=now, assigned_by=actor_id)
    if area_of(await duty_map(areas.duty), area.id) is None:
        await _check_known(areas, area)
    changed = await change_or_create(
        areas.duty, DUTY_MAP, DutyMap(), lambda duty: assign(duty, area), Because.command(actor_id, key, now)
    )
    given = area_of(changed.state, area.id) or area
    return Created(Document(given.id, changed.version, given), fresh=given == area)


async def _check_known(areas: DutyAreas, area: Area) -> None:
    owner = await areas.people.load(area.owner_id)
    if owner is None or owner.state.departed_at is not None:
        raise Refusal(Why.UNKNOWN_OWNER, id=area.owner_id)
    if area.unit_id is not None and await areas.units.load(area.unit_id) is None:
        raise Refusal(Why.UNKNOWN_UNIT, id=area.unit_id)
    known = {one.id for one in await areas.places.select({"_id": {"$in": list(area.places)}})}
    for place in area.places:
        if place not in known:
            raise Refusal(Why.UNKNOWN_PLACE, id=place)


async def release_duty_area(areas: DutyAreas, actor_id: str, area_id: str) -> None:
    """End a duty area; ending it again is harmless."""
    now = areas.clock.now()
    because = Because.command(actor_id, area_id, now)
    await change_or_create(areas.duty, DUTY_MAP, DutyMap(), lambda duty: release(duty, area_id, now), because)


async def duty_map(duty: Documents[DutyMap]) -> DutyMap:
    """Return every duty area."""
    document = await duty.load(DUTY_MAP)
    return DutyMap() if document is None else document.state


async def departed_among(people: Documents[Person], ids: Sequence[str]) -> frozenset[str]:
    """Return those of the people who have left."""
    found = await people.select({"_id": {"$in": list(ids)}, "state.departed_at": {"$ne": None}})
    return frozenset(one.id for one in found)
