"""Writes people so that somebody always administers, and no more than two read what is sealed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.members.people.domain.person import Decision, Person
from services.members.people.domain.role_counts import (
    ADMINISTRATORS,
    SEALED_READERS,
    Administrators,
    SealedReaders,
    came_back,
    is_admin,
    is_reader,
    let_go,
    let_off,
    take_on,
)
from services.members.people.queries import holding
from shared.contracts.event import Fact
from shared.contracts.members import Role
from shared.refusal import Refusal, found
from shared.store.commands import change_or_create
from shared.store.document import Because, Conflict, Created, Document, Documents, change


@dataclass(frozen=True, slots=True)
class RoleCounts:
    """People, and the documents that note who is about to stop being an administrator or become a sealed reader."""

    people: Documents[Person]
    administrators: Documents[Administrators]
    sealed_readers: Documents[SealedReaders]


async def add_person(
    roles: RoleCounts, person_id: str, state: Person, facts: Sequence[Fact], because: Because
) -> Created[Person]:
    """Write a new person, or find the one who has this id; refuses a sealed reader when there are two already."""
    if not is_reader(state) or await roles.people.load(person_id) is not None:
        return await roles.people.create(person_id, state, facts, because)
    await _note_reader(roles, person_id, because)
    created = await roles.people.create(person_id, state, facts, because)
    await _forget_notes(
        roles, person_id, because, admin=False, reader=not (created.fresh or is_reader(created.document.state))
    )
    return created


async def change_person(
    roles: RoleCounts,
    person_id: str,
    decide: Callable[[Person], Decision],
    because: Because,
    *,
    expect_version: int | None = None,
) -> Document[Person]:
    """Change a person, but never so that nobody administers any more, or that three read what is sealed.

    Refuses when there is no such person. Who stops being an administrator, or becomes a sealed reader, is noted first,
    in one document for all, so that the last two cannot stop, and a third cannot come, at once.
    """
    before = found(await roles.people.load(person_id))
    wanted = decide(before.state)[0]
    stops, reads = _stops(before.state, wanted), _becomes_reader(before.state, wanted)

    def decided(person: Person) -> Decision:
        after, facts = decide(person)
        if (_stops(person, after) and not stops) or (_becomes_reader(person, after) and not reads):
            raise Conflict(person_id)
        return after, facts

    if stops:
        await _note_admin(roles, person_id, because)
    if reads:
        await _note_reader(roles, person_id, because)
    try:
        changed = found(await change(roles.people, person_id, decided, because, expect_version=expect_version))
    except (Conflict, Refusal):
        await _forget_notes(roles, person_id, because, admin=stops, reader=reads)
        raise
    admin = _stops(changed.state, before.state)
    await _forget_notes(roles, person_id, because, admin=admin, reader=_becomes_reader(changed.state, before.state))
    return changed


async def _note_admin(roles: RoleCounts, person_id: str, because: Because) -> None:
    admins = [one.id for one in await holding(roles.people, Role.ADMIN) if is_admin(one.state)]
    await change_or_create(
        roles.administrators,
        ADMINISTRATORS,
        Administrators(),
        lambda noted: let_go(noted, person_id, admins, because.at),
        because,
    )


async def _note_reader(roles: RoleCounts, person_id: str, because: Because) -> None:
    readers = [one.id for one in await holding(roles.people, Role.SEALED_READER)]
    await change_or_create(
        roles.sealed_readers,
        SEALED_READERS,
        SealedReaders(),
        lambda noted: take_on(noted, person_id, readers, because.at),
        because,
    )


async def _forget_notes(roles: RoleCounts, person_id: str, because: Because, *, admin: bool, reader: bool) -> None:
    if admin:
        await change(roles.administrators, ADMINISTRATORS, lambda noted: came_back(noted, person_id), because)
    if reader:
        await change(roles.sealed_readers, SEALED_READERS, lambda noted: let_off(noted, person_id), because)


def _becomes_reader(before: Person, after: Person) -> bool:
    return is_reader(after) and not is_reader(before)


def _stops(before: Person, after: Person) -> bool:
    return is_admin(before) and not is_admin(after)
