"""Commands on people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Protocol

import orjson

from services.members.forms.domain import form_of
from services.members.forms.handlers import make_once
from services.members.organisation.domain import Unit
from services.members.people.domain import (
    ADMINISTRATORS,
    SEALED_READERS,
    SERVICE,
    Administrators,
    Decision,
    Person,
    Profile,
    SealedReaders,
    Why,
    came_back,
    come_back,
    depart,
    disable,
    enable,
    give_duty,
    is_admin,
    is_reader,
    let_go,
    let_off,
    register,
    revise,
    take_on,
)
from services.members.people.queries import id_of
from services.members.places.domain import Place
from shared.clock import Clock
from shared.contracts.event import Fact
from shared.contracts.members import PlaceType, Role
from shared.contracts.places import WHOLE
from shared.contracts.scope import BY_PLACE
from shared.refusal import Refusal
from shared.store.document import Because, Conflict, Created, Document, Documents, change


@dataclass(frozen=True, slots=True)
class AdminsDesk:
    """What keeping an administrator, and no more sealed readers than two, needs."""

    people: Documents[Person]
    noted: Documents[Administrators]
    readers: Documents[SealedReaders]


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """What commands on people need; `key` is what ids of new people follow from."""

    people: Documents[Person]
    places: Documents[Place]
    units: Documents[Unit]
    clock: Clock
    admins: AdminsDesk
    key: bytes = field(repr=False)


async def register_person(
    desk: PeopleDesk, actor_id: str, key: str, username: str, profile: Profile, password_hash: str | None = None
) -> Created[Person]:
    """Add a person once per idempotency key; the same form again finds the person whom the first one added.

    Whoever left under this account name comes back: the same person, as the form says now. Raises `Refusal` for an
    unknown place or unit, an account name that is taken, or a key that added another person.
    """
    person_id = await id_of(desk.people, desk.key, username)
    form = form_of("person", actor_id, key, username, orjson.dumps(profile).decode(), password_hash or "")

    async def make() -> Created[Person]:
        await check_known(desk, profile)
        now = desk.clock.now()
        because = Because.command(actor_id, key, now)
        state, facts = register(person_id, username, profile, actor_id, now, form=form)
        created = await add_person(desk.admins, person_id, state, facts, because)
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


async def add_person(
    desk: AdminsDesk, person_id: str, state: Person, facts: Sequence[Fact], because: Because
) -> Created[Person]:
    """Write a new person, or find the one who has this id; refuses a sealed reader when there are two already."""
    if not is_reader(state) or await desk.people.load(person_id) is not None:
        return await desk.people.create(person_id, state, facts, because)
    await _note_reader(desk, person_id, because)
    created = await desk.people.create(person_id, state, facts, because)
    await _forget_notes(
        desk, person_id, because, admin=False, reader=not (created.fresh or is_reader(created.document.state))
    )
    return created


async def give_duties(desk: PeopleDesk, limit: int) -> int:
    """Give up to so many members of staff, stored by an earlier release, the campuses they worked for; how many."""
    campuses = [one.id for one in await desk.places.select({"state.type": PlaceType.CAMPUS.value}, sort=[("_id", 1)])]
    if not campuses:
        return 0
    roles = {"$in": sorted(role.value for role in BY_PLACE)}
    where = {"state.profile.roles": roles, "state.departed_at": None, "state.profile.duty": None}
    found = await desk.people.select(where, limit=limit)
    now = desk.clock.now()
    because = Because.command(SERVICE, "duties", now)
    for one in found:
        await change(desk.people, one.id, partial(_given, one.id, campuses, now), because)
    return len(found)


def _given(person_id: str, campuses: Sequence[str], now: datetime, person: Person) -> Decision:
    return give_duty(person_id, person, campuses, now)


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
    """Change a person, but never so that nobody administers any more, or that three read what is sealed.

    None when there is no such person. Who stops being an administrator, or becomes a sealed reader, is noted first, in
    one document for all, so that the last two cannot stop, and a third cannot come, at once.
    """
    before = await desk.people.load(person_id)
    if before is None:
        return None
    wanted = decide(before.state)[0]
    stops, reads = _stops(before.state, wanted), _becomes_reader(before.state, wanted)

    def decided(person: Person) -> Decision:
        after, facts = decide(person)
        if (_stops(person, after) and not stops) or (_becomes_reader(person, after) and not reads):
            raise Conflict(person_id)
        return after, facts

    if stops:
        await _note_admin(desk, person_id, because)
    if reads:
        await _note_reader(desk, person_id, because)
    try:
        changed = await change(desk.people, person_id, decided, because, expect_version=expect_version)
    except (Conflict, Refusal):
        await _forget_notes(desk, person_id, because, admin=stops, reader=reads)
        raise
    if changed is not None:
        admin = _stops(changed.state, before.state)
        await _forget_notes(desk, person_id, because, admin=admin, reader=_becomes_reader(changed.state, before.state))
    return changed


async def _forget_notes(desk: AdminsDesk, person_id: str, because: Because, *, admin: bool, reader: bool) -> None:
    if admin:
        await _note(desk, lambda noted: came_back(noted, person_id), because)
    if reader:
        await _note_of_readers(desk, lambda noted: let_off(noted, person_id), because)


async def _note_admin(desk: AdminsDesk, person_id: str, because: Because) -> None:
    where = {"state.profile.roles": Role.ADMIN.value, "state.departed_at": None}
    admins = [one.id for one in await desk.people.select(where) if is_admin(one.state)]
    await _note(desk, lambda noted: let_go(noted, person_id, admins, because.at), because)


def _becomes_reader(before: Person, after: Person) -> bool:
    return is_reader(after) and not is_reader(before)


async def _note_reader(desk: AdminsDesk, person_id: str, because: Because) -> None:
    where = {"state.profile.roles": Role.SEALED_READER.value, "state.departed_at": None}
    readers = [one.id for one in await desk.people.select(where)]
    await _note_of_readers(desk, lambda noted: take_on(noted, person_id, readers, because.at), because)


async def _note_of_readers(
    desk: AdminsDesk, decide: Callable[[SealedReaders], tuple[SealedReaders, Sequence[Fact]]], because: Because
) -> None:
    if await change(desk.readers, SEALED_READERS, decide, because) is None:
        await desk.readers.create(SEALED_READERS, SealedReaders(), [], because)
        await change(desk.readers, SEALED_READERS, decide, because)


def _stops(before: Person, after: Person) -> bool:
    return is_admin(before) and not is_admin(after)


async def _note(
    desk: AdminsDesk, decide: Callable[[Administrators], tuple[Administrators, Sequence[Fact]]], because: Because
) -> None:
    if await change(desk.noted, ADMINISTRATORS, decide, because) is None:
        await desk.noted.create(ADMINISTRATORS, Administrators(), [], because)
        await change(desk.noted, ADMINISTRATORS, decide, because)


async def check_known(desk: PeopleDesk, profile: Profile) -> None:
    """Refuse a profile whose place, duty places or units nobody knows."""
    if profile.place is not None and await desk.places.load(profile.place) is None:
        raise Refusal(Why.UNKNOWN_PLACE, id=profile.place)
    duty = [place for place in profile.duty or () if place != WHOLE]
    places = {one.id for one in await desk.places.select({"_id": {"$in": duty}})}
    for place in duty:
        if place not in places:
            raise Refusal.of_field("duty", Why.UNKNOWN_PLACE, id=place)
    known = {one.id for one in await desk.units.select({"_id": {"$in": list(profile.units)}})}
    for unit in profile.units:
        if unit not in known:
            raise Refusal(Why.UNKNOWN_UNIT, id=unit)
