"""Commands on people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Protocol

import orjson

from services.members.creation.domain import creation_key
from services.members.creation.handlers import make_once
from services.members.people.domain.person import SERVICE, Decision, Person, come_back, give_duty, register, revise
from services.members.people.domain.profile import Profile, Why
from services.members.people.handlers.role_counts import RoleCounts, add_person, change_person
from services.members.people.queries import id_of
from services.members.places.domain import Place
from services.members.units.domain import Unit
from shared.clock import Clock
from shared.contracts.members import PlaceType
from shared.contracts.places import WHOLE
from shared.contracts.scope import BY_PLACE
from shared.refusal import Refusal, found
from shared.store.document import Because, Created, Document, Documents, change


@dataclass(frozen=True, slots=True)
class People:
    """The ledger of people, and what it names; `key` is what ids of new people follow from."""

    documents: Documents[Person]
    places: Documents[Place]
    units: Documents[Unit]
    clock: Clock
    roles: RoleCounts
    key: bytes = field(repr=False)


async def register_person(
    people: People, actor_id: str, key: str, username: str, profile: Profile, password_hash: str | None = None
) -> Created[Person]:
    """Add a person once per idempotency key; the same form again finds the person whom the first one added.

    Whoever left under this account name comes back: the same person, as the form says now. Raises `Refusal` for an
    unknown place or unit, an account name that is taken, or a key that added another person.
    """
    person_id = await id_of(people.documents, people.key, username)
    form = creation_key("person", actor_id, key, username, orjson.dumps(profile).decode(), password_hash or "")

    async def make() -> Created[Person]:
        await check_known(people, profile)
        now = people.clock.now()
        because = Because.command(actor_id, key, now)
        state, facts = register(person_id, username, profile, actor_id, now, form=form)
        created = await add_person(people.roles, person_id, state, facts, because)
        if created.fresh or created.document.state.departed_at is None:
            return created

        def returned(person: Person) -> Decision:
            here, told = come_back(person_id, person, profile, actor_id, now)
            return (replace(here, form=form), told) if told else (here, told)

        document = await change_person(people.roles, person_id, returned, because)
        return Created(document, fresh=document.state.form == form)

    return await make_once(people.documents, form, make, taken=Refusal(Why.USERNAME_TAKEN, username=username))


async def revise_person(
    people: People, actor_id: str, person_id: str, revised: Callable[[Profile], Profile], expect_version: int | None
) -> Document[Person]:
    """Change what the ledger says about a person; refuses when there is no such person.

    Whoever repeats their own last change is answered, though the version that they saw is old.
    """
    now = people.clock.now()
    document = found(await people.documents.load(person_id))
    person = document.state
    mine = person.departed_at is None and person.changes and person.changes[-1].by == actor_id
    if mine and revised(person.profile) == person.profile:
        return document
    await check_known(people, revised(person.profile))
    return await change_person(
        people.roles,
        person_id,
        lambda person: revise(person_id, person, revised(person.profile), actor_id, now),
        Because.command(actor_id, person_id, now),
        expect_version=expect_version,
    )


async def return_person(
    people: People, actor_id: str, person_id: str, revised: Callable[[Profile], Profile]
) -> Document[Person]:
    """Note that a person who left is back under the same id; refuses when there is no such person."""
    now = people.clock.now()
    document = found(await people.documents.load(person_id))
    await check_known(people, revised(document.state.profile))
    return await change_person(
        people.roles,
        person_id,
        lambda person: come_back(person_id, person, revised(person.profile), actor_id, now),
        Because.command(actor_id, person_id, now),
    )


async def give_duties(people: People, limit: int) -> int:
    """Give up to so many members of staff, stored by an earlier release, the campuses they worked for; how many."""
    campuses = [one.id for one in await people.places.select({"state.type": PlaceType.CAMPUS.value}, sort=[("_id", 1)])]
    if not campuses:
        return 0
    roles = {"$in": sorted(role.value for role in BY_PLACE)}
    where = {"state.profile.roles": roles, "state.departed_at": None, "state.profile.duty": None}
    found = await people.documents.select(where, limit=limit)
    now = people.clock.now()
    because = Because.command(SERVICE, "duties", now)
    for one in found:
        await change(people.documents, one.id, partial(_given, one.id, campuses, now), because)
    return len(found)


def _given(person_id: str, campuses: Sequence[str], now: datetime, person: Person) -> Decision:
    return give_duty(person_id, person, campuses, now)


class Move(Protocol):
    """A decision on a person by the ledger alone: `depart`, `disable`, `enable`."""

    def __call__(self, person_id: str, person: Person, *, by: str, now: datetime) -> Decision:
        """Return what becomes of the person."""
        ...


async def move_person(people: People, actor_id: str, person_id: str, move: Move) -> Document[Person]:
    """Carry out a decision on a person; refuses when there is no such person, and for the last administrator."""
    now = people.clock.now()
    return await change_person(
        people.roles,
        person_id,
        lambda person: move(person_id, person, by=actor_id, now=now),
        Because.command(actor_id, person_id, now),
    )


async def check_known(people: People, profile: Profile) -> None:
    """Refuse a profile whose place, duty places or units nobody knows."""
    if profile.place is not None and await people.places.load(profile.place) is None:
        raise Refusal(Why.UNKNOWN_PLACE, id=profile.place)
    duty = [place for place in profile.duty or () if place != WHOLE]
    places = {one.id for one in await people.places.select({"_id": {"$in": duty}})}
    for place in duty:
        if place not in places:
            raise Refusal.of_field("duty", Why.UNKNOWN_PLACE, id=place)
    known = {one.id for one in await people.units.select({"_id": {"$in": list(profile.units)}})}
    for unit in profile.units:
        if unit not in known:
            raise Refusal(Why.UNKNOWN_UNIT, id=unit)
