"""What we show of people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from services.members.people.domain.identity import person_id_of
from services.members.people.domain.person import Person
from services.members.people.store import BELONGS_TO, LIVES_IN
from services.members.units.domain import Unit
from services.members.units.queries import lineages, with_those_below
from shared.auth.actor import Actor
from shared.auth.permissions import STAFF
from shared.contracts.members import Role
from shared.contracts.scope import Scope
from shared.finding import PART, START, compact, fold
from shared.keyset import Key, Order, PageQuery, Slice
from shared.store.aggregates import KEYS
from shared.store.document import Document, Documents

READERS: Final = tuple(sorted(STAFF.roles or ()))
"""The roles that give a look at people, each where it holds."""
EVERYWHERE: Final = Scope(everywhere=True)
_BY_NUMBER: Final[Sequence[tuple[str, int]]] = (("state.username", 1),)


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people: `q` is a part of a name, a number or a room; `place` holds where they live; `gone`: who left.

    `within` is what the asker works for, its units with all below them.
    """

    q: str | None = None
    role: Role | None = None
    place: str | None = None
    gone: bool = False
    within: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Hit:
    """A person in a list, and how well they fit what was asked: the lower the rank, the better."""

    rank: int
    person: Document[Person]


BEST_FIRST: Final = Order((Key("rank", int), Key("person.state.username", str)))
"""The order of a list of people: those who fit best, and among those by account name."""


async def list_people(people: Documents[Person], chosen: PeopleFilter, page: PageQuery) -> Slice[Hit]:
    """Return people who are here (or who left), those who fit best first, and by account name among equals."""
    found: list[Hit] = []
    shown_rank, shown_name = page.position or (None, None)
    for rank, asked in enumerate(_ways(chosen.q)):
        if len(found) > page.limit or (shown_rank is not None and rank < cast("int", shown_rank)):
            continue
        where = [*asked, {"state.departed_at": {"$ne": None} if chosen.gone else None}, *_narrowed(chosen)]
        if rank == shown_rank:
            where.append({"state.username": {"$gt": shown_name}})
        rows = await people.select({"$and": where}, sort=_BY_NUMBER, limit=page.limit + 1 - len(found))
        found += [Hit(rank, row) for row in rows]
    return BEST_FIRST.cut(found, page.limit)


def _narrowed(chosen: PeopleFilter) -> Iterator[Mapping[str, Any]]:
    if chosen.role is not None:
        yield {"state.profile.roles": chosen.role.value}
    if chosen.place is not None:
        yield {KEYS: LIVES_IN + chosen.place}
    if not chosen.within.everywhere:
        places = [LIVES_IN + place for place in chosen.within.places]
        yield {KEYS: {"$in": [*places, *(BELONGS_TO + unit for unit in sorted(chosen.within.units))]}}


def _ways(q: str | None) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Return the filters that find what was asked, the best fit first; nobody fits two of them.

    The number itself; the beginning of a name or number; another part; each of the words somewhere.
    """
    if not q:
        yield ()
        return
    number, sought = q.strip().lower(), compact(q)
    if not sought:
        return
    yield ({"state.username": number},)
    others = {"state.username": {"$ne": number}}
    yield ({KEYS: START + sought}, others)
    yield ({KEYS: PART + sought}, others)
    words = list(dict.fromkeys(fold(q).split()))
    if len(words) > 1:
        each = [{KEYS: {"$in": [START + compact(word), PART + compact(word)]}} for word in words]
        yield (*each, {KEYS: {"$nin": [START + sought, PART + sought]}}, others)


async def holder(people: Documents[Person], username: str) -> Document[Person] | None:
    """Return who has this account name, also when they have left."""
    return (await holders(people, [username])).get(username)


async def holders(people: Documents[Person], usernames: Sequence[str]) -> Mapping[str, Document[Person]]:
    """Return those of these account names that somebody has, each with who has it."""
    found = await people.select({"state.username": {"$in": list(usernames)}})
    return {one.state.username: one for one in found}


async def holding(people: Documents[Person], role: Role) -> list[Document[Person]]:
    """Return who is here with this role."""
    return await people.select({"state.profile.roles": role.value, "state.departed_at": None})


async def id_of(people: Documents[Person], key: bytes, username: str) -> str:
    """Return the id of whoever has this account name, or the one that they would get."""
    known = await holder(people, username)
    return person_id_of(key, username) if known is None else known.id


async def works_among(units: Documents[Unit], scope: Scope) -> Scope:
    """Return the scope with all units below its own, as lists of people are asked for."""
    return replace(scope, units=await with_those_below(units, scope.units))


async def is_within(units: Documents[Unit], scope: Scope, person: Person) -> bool:
    """Tell whether a person is one of those for whom somebody with this scope works."""
    lines = await lineages(units, person.profile.units)
    belongs = {above for unit in person.profile.units for above in lines.get(unit, (unit,))}
    return scope.holds(person.profile.place, belongs)


async def shown_person(
    people: Documents[Person], units: Documents[Unit], me: Actor, person_id: str
) -> Document[Person] | None:
    """Return a person for whom the caller works, or who is the caller."""
    document = await people.load(person_id)
    if document is None or document.id == me.id:
        return document
    return document if await is_within(units, me.scope(*READERS), document.state) else None


async def people_by_id(people: Documents[Person], ids: Sequence[str]) -> dict[str, Person]:
    """Return those of the people who are known, by id."""
    found = await people.select({"_id": {"$in": list(ids)}})
    return {one.id: one.state for one in found}
