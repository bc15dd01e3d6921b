"""What we show of the organisation."""

from collections.abc import Sequence

from services.members.organisation.domain import Unit
from services.members.people.domain import Person
from shared.store.document import Document, Documents


async def list_units(units: Documents[Unit]) -> list[Document[Unit]]:
    """Return every unit, ordered by id."""
    return await units.select({}, sort=[("_id", 1)])


async def departed_among(people: Documents[Person], ids: Sequence[str]) -> frozenset[str]:
    """Return those of the people who have left."""
    found = await people.select({"_id": {"$in": list(ids)}})
    return frozenset(one.id for one in found if one.state.departed_at is not None)
