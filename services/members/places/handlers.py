"""Commands on places."""

from dataclasses import dataclass

from services.members.places.domain import Place, Why, added, check
from shared.clock import Clock
from shared.contracts.members import PlaceType
from shared.contracts.places import parent_of
from shared.refusal import Refusal
from shared.store.document import Because, Document, Documents


@dataclass(frozen=True, slots=True)
class PlacesDesk:
    """What commands on places need."""

    places: Documents[Place]
    clock: Clock


async def add_place(desk: PlacesDesk, actor_id: str, key: str, place_id: str, place: Place) -> Document[Place]:
    """Add a place; the same place again is answered as the first time.

    Raises `Refusal` for an id that cannot be, an unknown parent, or an id that is taken by another place.
    """
    parents = await known_types(desk.places, [parent_of(place_id) or ""])
    check(place_id, place.type, place.capacity, parents)
    state, facts = added(place_id, place)
    created = await desk.places.create(place_id, state, facts, Because.command(actor_id, key, desk.clock.now()))
    if not created.fresh and created.document.state != place:
        raise Refusal(Why.TAKEN, id=place_id)
    return created.document


async def known_types(places: Documents[Place], ids: list[str]) -> dict[str, PlaceType]:
    """Return the types of those of the places that are known."""
    found = await places.select({"_id": {"$in": ids}})
    return {one.id: one.state.type for one in found}
