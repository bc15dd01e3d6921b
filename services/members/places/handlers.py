"""Commands on places."""

from dataclasses import dataclass, replace

import orjson

from services.members.creation.domain import creation_key
from services.members.creation.handlers import make_once
from services.members.places.domain import Place, Why, added, check
from shared.clock import Clock
from shared.contracts.members import PlaceType
from shared.contracts.places import parent_of
from shared.refusal import Refusal
from shared.store.document import Because, Created, Documents


@dataclass(frozen=True, slots=True)
class Places:
    """The places of the campus."""

    documents: Documents[Place]
    clock: Clock


async def add_place(places: Places, actor_id: str, key: str, place_id: str, place: Place) -> Created[Place]:
    """Add a place once per idempotency key; the same form again finds what the first one added.

    Raises `Refusal` for an id that cannot be, an unknown parent, a taken id, or a key that added another place.
    """
    form = creation_key("place", actor_id, key, place_id, orjson.dumps(place).decode())

    async def make() -> Created[Place]:
        parents = await known_types(places.documents, [parent_of(place_id) or ""])
        check(place_id, place.type, place.capacity, parents)
        state, facts = added(place_id, replace(place, form=form))
        return await places.documents.create(place_id, state, facts, Because.command(actor_id, key, places.clock.now()))

    return await make_once(places.documents, form, make, taken=Refusal(Why.TAKEN, id=place_id))


async def known_types(places: Documents[Place], ids: list[str]) -> dict[str, PlaceType]:
    """Return the types of those of the places that are known."""
    found = await places.select({"_id": {"$in": ids}})
    return {one.id: one.state.type for one in found}
