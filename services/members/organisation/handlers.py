"""Commands on units and duty areas."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.members.organisation.domain import (
    DUTY_MAP,
    Area,
    DutyMap,
    Unit,
    UnitType,
    Why,
    assign,
    check_unit,
    formed,
    release,
)
from services.members.people.domain import Person
from services.members.places.domain import Place
from shared.clock import Clock
from shared.contracts.event import Fact
from shared.ids import derive_id
from shared.refusal import Refusal
from shared.store.document import Because, Conflict, Document, Documents, change

Decide = Callable[[DutyMap], tuple[DutyMap, Sequence[Fact]]]


@dataclass(frozen=True, slots=True)
class OrganisationDesk:
    """What commands on the organisation need."""

    units: Documents[Unit]
    duty: Documents[DutyMap]
    people: Documents[Person]
    places: Documents[Place]
    clock: Clock


async def form_unit(desk: OrganisationDesk, actor_id: str, unit_id: str, unit: Unit) -> Document[Unit]:
    """Form a unit; the same unit again is answered as the first time. Refuses an unknown or a lower parent."""
    check_unit(unit, await unit_types(desk.units, [unit.parent or ""]))
    state, facts = formed(unit_id, unit)
    created = await desk.units.create(unit_id, state, facts, Because.command(actor_id, unit_id, desk.clock.now()))
    if not created.fresh and created.document.state != unit:
        raise Refusal(Why.UNIT_TAKEN, id=unit_id)
    return created.document


async def unit_types(units: Documents[Unit], ids: list[str]) -> dict[str, UnitType]:
    """Return the types of those of the units that are known."""
    found = await units.select({"_id": {"$in": ids}})
    return {one.id: one.state.type for one in found}


async def assign_duty_area(
    desk: OrganisationDesk, actor_id: str, key: str, owner_id: str, unit_id: str | None, places: tuple[str, ...]
) -> Area:
    """Give places to one person who answers for them; refuses unknown ones, and places that somebody answers for."""
    owner = await desk.people.load(owner_id)
    if owner is None or owner.state.departed_at is not None:
        raise Refusal(Why.UNKNOWN_OWNER, id=owner_id)
    if unit_id is not None and await desk.units.load(unit_id) is None:
        raise Refusal(Why.UNKNOWN_UNIT, id=unit_id)
    known = {one.id for one in await desk.places.select({"_id": {"$in": list(places)}})}
    for place in places:
        if place not in known:
            raise Refusal(Why.UNKNOWN_PLACE, id=place)
    now = desk.clock.now()
    area = Area(derive_id("area", actor_id, key), owner_id, unit_id, places, assigned_at=now, assigned_by=actor_id)
    changed = await _change_map(desk, lambda duty: assign(duty, area), Because.command(actor_id, key, now))
    return next(one for one in changed.areas if one.id == area.id)


async def release_duty_area(desk: OrganisationDesk, actor_id: str, area_id: str) -> None:
    """End a duty area; ending it again is harmless."""
    now = desk.clock.now()
    await _change_map(desk, lambda duty: release(duty, area_id, now), Because.command(actor_id, area_id, now))


async def duty_map(duty: Documents[DutyMap]) -> DutyMap:
    """Return every duty area."""
    document = await duty.load(DUTY_MAP)
    return DutyMap() if document is None else document.state


async def _change_map(desk: OrganisationDesk, decide: Decide, because: Because) -> DutyMap:
    changed = await change(desk.duty, DUTY_MAP, decide, because)
    if changed is None:
        await desk.duty.create(DUTY_MAP, DutyMap(), [], because)
        changed = await change(desk.duty, DUTY_MAP, decide, because)
    if changed is None:
        raise Conflict(DUTY_MAP)
    return changed.state
