"""Commands on units."""

from dataclasses import dataclass, replace

import orjson

from services.members.creation.domain import creation_key
from services.members.creation.handlers import make_once
from services.members.units.domain import Unit, UnitType, Why, check_unit, formed
from shared.clock import Clock
from shared.refusal import Refusal
from shared.store.document import Because, Created, Documents


@dataclass(frozen=True, slots=True)
class Units:
    """The units of the organisation."""

    documents: Documents[Unit]
    clock: Clock


async def form_unit(units: Units, actor_id: str, key: str, unit_id: str, unit: Unit) -> Created[Unit]:
    """Form a unit once per idempotency key; the same form again finds what the first one formed.

    Raises `Refusal` for an unknown or a lower parent, an id that is taken, or a key that formed another unit.
    """
    form = creation_key("unit", actor_id, key, unit_id, orjson.dumps(unit).decode())

    async def make() -> Created[Unit]:
        check_unit(unit, await unit_types(units.documents, [unit.parent or ""]))
        state, facts = formed(unit_id, replace(unit, form=form))
        return await units.documents.create(unit_id, state, facts, Because.command(actor_id, key, units.clock.now()))

    return await make_once(units.documents, form, make, taken=Refusal(Why.TAKEN, id=unit_id))


async def unit_types(units: Documents[Unit], ids: list[str]) -> dict[str, UnitType]:
    """Return the types of those of the units that are known."""
    found = await units.select({"_id": {"$in": ids}})
    return {one.id: one.state.type for one in found}
