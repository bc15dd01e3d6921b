"""What we show of duty areas."""

from collections.abc import Sequence

from services.members.people.domain.person import Person
from shared.store.document import Documents


async def departed_among(people: Documents[Person], ids: Sequence[str]) -> frozenset[str]:
    """Return those of the people who have left."""
    found = await people.select({"_id": {"$in": list(ids)}})
    return frozenset(one.id for one in found if one.state.departed_at is not None)
