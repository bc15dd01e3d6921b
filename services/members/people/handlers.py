"""Commands on people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import orjson

from services.members.forms.domain import form_of
from services.members.forms.handlers import make_once
from services.members.organisation.domain import Unit
from services.members.people.domain import (
    ADMINISTRATORS,
    Administrators,
    Decision,
    Person,
    Profile,
    Why,
    came_back,
    come_back,
    depart,
    disable,
    enable,
    is_admin,
    let_go,
    person_id_of,
    register,
    revise,
)
from services.members.places.domain import Place
from shared.clock import Clock
from shared.contracts.event import Fact
from shared.contracts.members import Role
from shared.refusal import Refusal
from shared.store.document import Because, Conflict, Created, Document, Documents, change


@dataclass(frozen=True, slots=True)
class AdminsDesk:
    """What keeping an administrator needs."""

    people: Documents[Person]
    noted: Documents[Administrators]


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """What commands on people need."""

    people: Documents[Person]
    places: Documents[Place]
    units: Documents[Unit]
    clock: Clock
    admins: AdminsDesk


async def register_person(
    desk: PeopleDesk, actor_id: str, key: str, username: str, profile: Profile, password_hash: str | None = None
) -> Created[Person]:
    """Add a person once per idempotency key; the same form again finds the person whom the first one added.

    Whoever left under this account name comes back: the same person, as the form says now. Raises `Refusal` for an
    unknown place or unit, an account name that is taken, or a key that added another person.
    """
    person_id = person_id_of(username)
    form = form_of("person", actor_id, key, username, orjson.dumps(profile).decode(), password_hash or "")

    async def make() -> Created[Person]:
        await check_known(desk, profile)
        now = desk.clock.now()
        because = Because.command(actor_id, key, now)
        state, facts = register(person_id, username, profile, actor_id, now, form=form)
        created = await desk.people.create(person_id, state, facts, because)
        if created.fresh or created.document.state.departed_at is None:
            return created

        def returned(person: Person) -> Decision:
            here, told = come_back(person_id, person, profile, actor_id, now)
            return (replace(here, form=form), told) if told else (here, told)

        document = await change_person(desk.admins, person_id, returned, because) or created.document
        return Created(document, fresh=document.state.form == form)

    return await make_once(desk.people, form, make, taken=Refusal(Why.USERNAME_TAKEN, username=username))


async def revise_person(
    desk: PeopleDesk,
    actor_id: str,
    person_id: str,
    revised: Callable[[Profile], Profile],
    expect_version: int | None,
) -> Document[Person] | None:
    """Change what the ledger says about a person; None when there is no such person.

    Whoever repeats their own last change is answered, though the version that they saw is old.
    """
    now = desk.clock.now()
    document = await desk.people.load(person_id)
    if document is None:
        return None
    person = document.state
    mine = person.departed_at is None and person.changes and person.changes[-1].by == actor_id
    if mine and revised(person.profile) == person.profile:
        return document
    await check_known(desk, revised(person.profile))
    return await change_person(
        desk.admins,
        person_id,
        lambda person: revise(person_id, person, revised(person.profile), actor_id, now),
        Because.command(actor_id, person_id, now),
        expect_version=expect_version,
    )


async def depart_person(desk: PeopleDesk, actor_id: str, person_id: str) -> Document[Person] | None:
    """Note that a person left the community; None when there is no such person. Refuses the last administrator."""
    return await _moved(desk, actor_id, person_id, depart)


async def return_person(
    desk: PeopleDesk, actor_id: str, person_id: str, revised: Callable[[Profile], Profile]
) -> Document[Person] | None:
    """Note that a person who left is back under the same id; None when there is no such person."""
    now = desk.clock.now()
    document = await desk.people.load(person_id)
    if document is None:
        return None
    await check_known(desk, revised(document.state.profile))
    return await change_person(
        desk.admins,
        person_id,
        lambda person: come_back(person_id, person, revised(person.profile), actor_id, now),
        Because.command(actor_id, person_id, now),
    )


async def disable_person(desk: PeopleDesk, actor_id: str, person_id: str) -> Document[Person] | None:
    """Disable a person's account; None when there is no such person. Refuses the last administrator."""
    return await _moved(desk, actor_id, person_id, disable)


async def enable_person(desk: PeopleDesk, actor_id: str, person_id: str) -> Document[Person] | None:
    """Let a person sign in again; None when there is no such person."""
    return await _moved(desk, actor_id, person_id, enable)


class _Move(Protocol):
    def __call__(self, person_id: str, person: Person, *, by: str, now: datetime) -> Decision: ...


async def _moved(desk: PeopleDesk, actor_id: str, person_id: str, move: _Move) -> Document[Person] | None:
    now = desk.clock.now()
    return await change_person(
        desk.admins,
        person_id,
        lambda person: move(person_id, person, by=actor_id, now=now),
        Because.command(actor_id, person_id, now),
    )


async def change_person(
    desk: AdminsDesk,
    person_id: str,
    decide: Callable[[Person], Decision],
    because: Because,
    *,
    expect_version: int | None = None,
) -> Document[Person] | None:
    """Change a person, but never so that nobody administers any more; None when there is no such person.

    Who stops being an administrator is noted first, in one document for all, so that the last two cannot stop at once.
    """
    before = await desk.people.load(person_id)
    if before is None:
        return None
    stops = _stops(before.state, decide(before.state)[0])

    def decided(person: Person) -> Decision:
        after, facts = decide(person)
        if _stops(person, after) and not stops:
            raise Conflict(person_id)
        return after, facts

    if stops:
        where = {"state.profile.roles": Role.ADMIN.value, "state.departed_at": None}
        admins = [one.id for one in await desk.people.select(where) if is_admin(one.state)]
        await _note(desk, lambda noted: let_go(noted, person_id, admins, because.at), because)
    try:
        changed = await change(desk.people, person_id, decided, because, expect_version=expect_version)
    except (Conflict, Refusal):
        if stops:
            await _note(desk, lambda noted: came_back(noted, person_id), because)
        raise
    if changed is not None and is_admin(changed.state) and not is_admin(before.state):
        await _note(desk, lambda noted: came_back(noted, person_id), because)
    return changed


def _stops(before: Person, after: Person) -> bool:
    return is_admin(before) and not is_admin(after)


async def _note(
    desk: AdminsDesk, decide: Callable[[Administrators], tuple[Administrators, Sequence[Fact]]], because: Because
) -> None:
    if await change(desk.noted, ADMINISTRATORS, decide, because) is None:
        await desk.noted.create(ADMINISTRATORS, Administrators(), [], because)
        await change(desk.noted, ADMINISTRATORS, decide, because)


async def check_known(desk: PeopleDesk, profile: Profile) -> None:
    """Refuse a profile whose place or units nobody knows."""
    if profile.place is not None and await desk.places.load(profile.place) is None:
        raise Refusal(Why.UNKNOWN_PLACE, id=profile.place)
    known = {one.id for one in await desk.units.select({"_id": {"$in": list(profile.units)}})}
    for unit in profile.units:
        if unit not in known:
            raise Refusal(Why.UNKNOWN_UNIT, id=unit)
