"""Commands on units and duty areas."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import orjson

from services.members.forms.domain import form_of
from services.members.forms.handlers import make_once
from services.members.organisation.domain import (
    DUTY_MAP,
    Area,
    DutyMap,
    Unit,
    UnitType,
    Why,
    area_of,
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
from shared.store.document import Because, Conflict, Created, Document, Documents, change

Decide = Callable[[DutyMap], tuple[DutyMap, Sequence[Fact]]]


@dataclass(frozen=True, slots=True)
class OrganisationDesk:
    """What commands on the organisation need."""

    units: Documents[Unit]
    duty: Documents[DutyMap]
    people: Documents[Person]
    places: Documents[Place]
    clock: Clock


async def form_unit(desk: OrganisationDesk, actor_id: str, key: str, unit_id: str, unit: Unit) -> Created[Unit]:
    """Form a unit once per idempotency key; the same form again finds what the first one formed.

    Raises `Refusal` for an unknown or a lower parent, an id that is taken, or a key that formed another unit.
    """
    form = form_of("unit", actor_id, key, unit_id, orjson.dumps(unit).decode())

    async def make() -> Created[Unit]:
        check_unit(unit, await unit_types(desk.units, [unit.parent or ""]))
        state, facts = formed(unit_id, replace(unit, form=form))
        return await desk.units.create(unit_id, state, facts, Because.command(actor_id, key, desk.clock.now()))

    return await make_once(desk.units, form, make, taken=Refusal(Why.UNIT_TAKEN, id=unit_id))


async def unit_types(units: Documents[Unit], ids: list[str]) -> dict[str, UnitType]:
    """Return the types of those of the units that are known."""
    found = await units.select({"_id": {"$in": ids}})
    return {one.id: one.state.type for one in found}


async def assign_duty_area(
    desk: OrganisationDesk, actor_id: str, key: str, owner_id: str, unit_id: str | None, places: tuple[str, ...]
) -> Created[Area]:
    """Give places to one person who answers for them, once per idempotency key; the same form again finds the area.

    Raises `Refusal` for unknown ones, places that somebody answers for, or a key that gave another area.
    """
    now = desk.clock.now()
    area = Area(derive_id("area", actor_id, key), owner_id, unit_id, places, assigned_at=now, assigned_by=actor_id)
    if area_of(await duty_map(desk.duty), area.id) is None:
        await _check_known(desk, area)
    changed = await _change_map(desk, lambda duty: assign(duty, area), Because.command(actor_id, key, now))
    given = area_of(changed.state, area.id) or area
    return Created(Document(given.id, changed.version, given), fresh=given == area)


async def _check_known(desk: OrganisationDesk, area: Area) -> None:
    owner = await desk.people.load(area.owner_id)
    if owner is None or owner.state.departed_at is not None:
        raise Refusal(Why.UNKNOWN_OWNER, id=area.owner_id)
    if area.unit_id is not None and await desk.units.load(area.unit_id) is None:
        raise Refusal(Why.UNKNOWN_UNIT, id=area.unit_id)
    known = {one.id for one in await desk.places.select({"_id": {"$in": list(area.places)}})}
    for place in area.places:
        if place not in known:
            raise Refusal(Why.UNKNOWN_PLACE, id=place)


async def release_duty_area(desk: OrganisationDesk, actor_id: str, area_id: str) -> None:
    """End a duty area; ending it again is harmless."""
    now = desk.clock.now()
    await _change_map(desk, lambda duty: release(duty, area_id, now), Because.command(actor_id, area_id, now))


async def duty_map(duty: Documents[DutyMap]) -> DutyMap:
    """Return every duty area."""
    document = await duty.load(DUTY_MAP)
    return DutyMap() if document is None else document.state


async def _change_map(desk: OrganisationDesk, decide: Decide, because: Because) -> Document[DutyMap]:
    changed = await change(desk.duty, DUTY_MAP, decide, because)
    if changed is None:
        await desk.duty.create(DUTY_MAP, DutyMap(), [], because)
        changed = await change(desk.duty, DUTY_MAP, decide, because)
    if changed is None:
        raise Conflict(DUTY_MAP)
    return changed
