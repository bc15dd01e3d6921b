"""Whose names somebody may see, and which cases are theirs to work for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, TypeVar

from services.members.acquaintance.domain.cases import (
    SEALED,
    at_place,
    at_work,
    desks_of,
    in_unit,
    keys_of_case,
    sees,
    there,
)
from services.members.acquaintance.domain.gatherings import Gathering, host, keys_of_gathering, seat_of
from services.members.acquaintance.handlers import Acquaintance, units_of
from services.members.duty_areas.domain import DutyMap
from services.members.duty_areas.handlers import duty_map
from services.members.people.domain.person import Person
from services.members.people.queries import people_by_id
from shared.auth.actor import Actor
from shared.auth.permissions import ORGANISERS
from shared.auth.permissions import STAFF as PEOPLE
from shared.contracts.members import Role
from shared.contracts.places import holds
from shared.contracts.scope import Scope, scope_of
from shared.store.aggregates import KEYS
from shared.store.document import Documents

S = TypeVar("S")

_ORGANISERS: Final = ORGANISERS.roles or frozenset[Role]()
STAFF: Final = frozenset(Role) - {Role.STUDENT, Role.HELPER}
"""The roles of those who work for the community: they know each other, and who answers for which area."""
_NAMING: Final = tuple(PEOPLE.roles or ())
"""The roles that see names by their scope; logistics sees what goes outside by nobody's name."""
_AT_ONCE: Final = 20


async def names_for(acquaintance: Acquaintance, me: Actor, ids: Sequence[str]) -> Mapping[str, str]:
    """Return the names of those of these people whom the caller has to do with; nothing tells the others apart.

    Each rule is asked only for those whom the rules before it did not allow.
    """
    people = await people_by_id(acquaintance.people, [*ids, me.id])
    asked = {one for one in ids if one in people}
    allowed = asked if me.scope(*_NAMING).everywhere else {me.id} & asked
    for rule in (_in_scope, _in_charge, _in_a_case, _in_a_gathering):
        if asked - allowed:
            allowed = allowed | await rule(acquaintance, me, people, asked - allowed)
    return {one: people[one].profile.name for one in ids if one in allowed}


async def _in_scope(
    acquaintance: Acquaintance, me: Actor, people: Mapping[str, Person], ids: AbstractSet[str]
) -> AbstractSet[str]:
    """Staff see each other, and the people whom they work for."""
    if me.roles.isdisjoint(STAFF):
        return frozenset()
    scope, units = me.scope(*_NAMING), await units_of(acquaintance, ids)
    return {
        one
        for one in ids
        if not STAFF.isdisjoint(people[one].profile.roles) or scope.holds(people[one].profile.place, units[one])
    }


async def _in_charge(
    acquaintance: Acquaintance, me: Actor, people: Mapping[str, Person], ids: AbstractSet[str]
) -> AbstractSet[str]:
    """Those who live in a duty area see who answers for it, and so does the staff."""
    home = people[me.id].profile.place if me.id in people else me.place
    return ids & owners_seen(await duty_map(acquaintance.duty), home, staff=not me.roles.isdisjoint(STAFF))


def owners_seen(duty: DutyMap, home: str | None, *, staff: bool) -> AbstractSet[str]:
    """Return who answers for an area that holds this home, or of the staff's view for any."""
    return {
        area.owner_id
        for area in duty.active()
        if staff or (home is not None and any(holds(place, home) for place in area.places))
    }


async def _in_a_case(
    acquaintance: Acquaintance, me: Actor, _people: Mapping[str, Person], ids: AbstractSet[str]
) -> AbstractSet[str]:
    """Those who share a request see each other, and the staff sees who has part in what it works for."""
    desks = desks_in(me.scope(*_NAMING), reader=me.has(Role.SEALED_READER))
    keys = {sees(me.id, one): one for one in ids}
    keys |= {at_work(where, one): one for where in desks for one in ids}
    return await met(acquaintance.cases, keys_of_case, keys)


async def _in_a_gathering(
    acquaintance: Acquaintance, me: Actor, _people: Mapping[str, Person], ids: AbstractSet[str]
) -> AbstractSet[str]:
    """Everybody sees who invites everybody; who organises sees who is signed up, also in place of one who left."""
    keys = {sees(me.id, one): one for one in ids} | {host(one): one for one in ids}
    seen = await met(acquaintance.gatherings, keys_of_gathering, keys)
    if ids - seen and not me.roles.isdisjoint(_ORGANISERS):
        seen = seen | await _orphaned(acquaintance, me.scope(*_ORGANISERS), ids - seen)
    return seen


async def _orphaned(acquaintance: Acquaintance, scope: Scope, ids: AbstractSet[str]) -> AbstractSet[str]:
    """Return who is signed up for something in this scope that is not over and that nobody organises any more."""
    seats = await acquaintance.gatherings.select({KEYS: {"$in": [seat_of(one) for one in sorted(ids)]}})
    within = [one.state for one in seats if scope.holds(one.state.place, _of_unit(one.state))]
    known = await people_by_id(acquaintance.people, sorted({one.organiser_id for one in within if one.organiser_id}))
    able = {one for one, person in known.items() if _organises(person)}
    return ids & {person for one in within if one.organiser_id not in able for person in _here(one)}


def _of_unit(gathering: Gathering) -> Sequence[str]:
    return () if gathering.unit_id is None else (gathering.unit_id,)


def _organises(person: Person) -> bool:
    return person.departed_at is None and not _ORGANISERS.isdisjoint(person.profile.roles)


def _here(gathering: Gathering) -> Iterable[str]:
    return (person for person, seat in gathering.seats.items() if seat.here)


async def met(
    documents: Documents[S], keys_of: Callable[[S], Iterable[str]], keys: Mapping[str, str]
) -> AbstractSet[str]:
    """Return those who are meant by a key that some document has; `keys` says whom each of them means.

    A few documents are read at a time, and whoever is found is not asked for again: those who met a thousand times
    cost no more than those who met once.
    """
    found = set[str]()
    left: dict[str, str] = dict(keys)
    while left:
        some = await documents.select({KEYS: {"$in": sorted(left)}}, limit=_AT_ONCE)
        if not some:
            break
        found |= {left[key] for one in some for key in keys_of(one.state) if key in left}
        left = {key: one for key, one in left.items() if one not in found}
    return found


def desks_in(scope: Scope, *, reader: bool) -> Sequence[str]:
    """Return the desks that somebody with this scope works at."""
    sealed = [SEALED] if reader else []
    return [*map(at_place, scope.places), *map(in_unit, sorted(scope.units)), *sealed]


async def works_for(acquaintance: Acquaintance, me: Actor, request_id: str, *roles: Role) -> bool:
    """Tell whether a request is the caller's to work for by these roles: by its place or its requester's units.

    Of a sealed one only by being a sealed reader.
    """
    case = await acquaintance.cases.load(request_id)
    scope = scope_of(me.roles.intersection(roles), me.duty, me.units)
    if case is None:
        return scope.everywhere
    theirs = desks_of(case.state)
    if SEALED in theirs:
        return me.has(Role.SEALED_READER)
    return scope.everywhere or not set(theirs).isdisjoint(desks_in(scope, reader=False))


async def works_at(acquaintance: Acquaintance, scope: Scope, place: str) -> bool:
    """Tell whether the place is one to work for, or people of one's units ask for something there."""
    if scope.holds_place(place):
        return True
    keys = [there(place, in_unit(unit)) for unit in sorted(scope.units)]
    return bool(keys and await acquaintance.cases.select({KEYS: {"$in": keys}}, limit=1))
