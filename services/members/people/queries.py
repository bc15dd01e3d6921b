"""What we show of people."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.members.people.domain import Person
from shared.contracts.members import Role
from shared.store.document import Document, Documents


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people to list: `q` is the start of a name or an account name, `place` holds where they live."""

    q: str | None = None
    role: Role | None = None
    place: str | None = None


async def list_people(
    people: Documents[Person], chosen: PeopleFilter, after: str | None, limit: int
) -> list[Document[Person]]:
    """Return people who have not left, ordered by account name, those after the account name `after`."""
    where: list[dict[str, object]] = [{"state.departed_at": None}]
    if chosen.q:
        start = {"$regex": f"^{re.escape(chosen.q)}"}
        folded = {"$regex": f"^{re.escape(chosen.q.lower())}"}
        where.append({"$or": [{"state.profile.name": start}, {"state.username": folded}]})
    if chosen.role is not None:
        where.append({"state.profile.roles": chosen.role.value})
    if chosen.place is not None:
        where.append({"state.profile.place": {"$regex": rf"^{re.escape(chosen.place)}(\.|$)"}})
    if after is not None:
        where.append({"state.username": {"$gt": after}})
    return await people.select({"$and": where}, sort=[("state.username", 1)], limit=limit)


async def people_by_id(people: Documents[Person], ids: Sequence[str]) -> dict[str, Person]:
    """Return those of the people who are known, by id."""
    found = await people.select({"_id": {"$in": list(ids)}})
    return {one.id: one.state for one in found}
