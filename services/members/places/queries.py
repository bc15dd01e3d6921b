"""What we show of places."""

from collections.abc import Iterable

from services.members.places.domain import Place
from shared.contracts.members import PlaceType
from shared.store.document import Document, Documents


async def list_places(places: Documents[Place], parent: str | None, kind: PlaceType | None) -> list[Document[Place]]:
    """Return places ordered by id, all of them or those directly in `parent` and of one kind."""
    where: dict[str, object] = {}
    if parent is not None:
        where["state.parent"] = parent
    if kind is not None:
        where["state.type"] = kind.value
    return await places.select(where, sort=[("_id", 1)])


async def place_names(places: Documents[Place], ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of those of the places that are known."""
    found = await places.select({"_id": {"$in": sorted({one for one in ids if one})}})
    return {one.id: one.state.name for one in found}
