"""What people ask about people over HTTP."""

from typing import Annotated

from fastapi import Depends, Query, Response

from services.members.accounts.handlers import Accounts, close_account, open_account, reset_password
from services.members.people.api.bodies import PasswordBody, PersonBody, PersonChangesBody, ReturnBody
from services.members.people.api.views import Answer, LoadsPart, PeoplePart, PersonRow, PersonView, row_of
from services.members.people.domain.person import depart, disable, enable
from services.members.people.domain.profile import Profile, Why
from services.members.people.handlers.commands import move_person, register_person, return_person, revise_person
from services.members.people.queries import (
    BEST_FIRST,
    READERS,
    PeopleFilter,
    holder,
    list_people,
    shown_person,
    works_among,
)
from shared.auth.dependency import Me
from shared.auth.permissions import ADMIN, STAFF
from shared.contracts.members import Role
from shared.contracts.places import PlaceId
from shared.http import IdempotencyKey, IfMatch, Page, Router, made, made_before, page_of, paged
from shared.ids import derive_id
from shared.keyset import PageQuery
from shared.refusal import Refusal, found
from shared.topic import part
from shared.words import Query as Wanted

router = Router(prefix="/api/members", tags=["people"], about="The ledger of people.")
AccountsPart = Annotated[Accounts, part(Accounts)]
Show = Annotated[Answer, Depends()]


async def _chosen(
    *,
    people: PeoplePart,
    me: Me,
    q: Annotated[Wanted | None, Query()] = None,
    role: Annotated[Role | None, Query()] = None,
    place: Annotated[PlaceId | None, Query()] = None,
    gone: Annotated[bool, Query()] = False,
) -> PeopleFilter:
    """Return which people are asked for, of those for whom the caller works."""
    return PeopleFilter(q, role, place, gone, await works_among(people.units, me.scope(*READERS)))


@router.get("/people", allow=STAFF)
async def get_people(
    *,
    people: PeoplePart,
    loads: LoadsPart,
    page: Annotated[PageQuery, paged(BEST_FIRST, limit=50, most=200)],
    chosen: Annotated[PeopleFilter, Depends(_chosen)],
) -> Page[PersonRow]:
    """List people who are here (with `gone` those who left), of those for whom the caller works.

    With `q` those who fit best come first.
    `q` is a part of a name in any case and with or without its dots, its pinyin or initials, a part of an account name
    or number, or a room.
    """
    found = await list_people(people.documents, chosen, page)
    counts = await loads.count(people.clock.now(), [one.person.id for one in found.items])
    return page_of(found, lambda one: row_of(PersonRow, one.person, counts.get(one.person.id, 0)))


@router.get("/people/{person_id}", allow=STAFF)
async def get_person(people: PeoplePart, me: Me, person_id: str, show: Show) -> PersonView:
    """Show everything that the ledger says about a person for whom the caller works; of others nothing at all."""
    return await show(found(await shown_person(people.documents, people.units, me, person_id)))


@router.post("/people", allow=ADMIN, status_code=201, responses=made_before(PersonView))
async def post_person(
    *,
    people: PeoplePart,
    accounts: AccountsPart,
    me: Me,
    key: IdempotencyKey,
    body: PersonBody,
    response: Response,
    show: Show,
) -> PersonView:
    """Add a person, with an account when a password is given; the same key with the same form adds nobody else.

    Whoever left under the account name comes back as the same person; their old password does not.
    """
    profile = body.applied_to(Profile(name=body.name, roles=(Role.STUDENT,)))
    secret: str | None = None
    if body.password is not None:
        secret = await accounts.passwords.hash(body.password, salt=derive_id("salt", me.id, key))
    known = await holder(people.documents, body.username)
    if known is not None and known.state.departed_at is not None:
        await close_account(accounts, me.id, known.id)
    document = made(response, await register_person(people, me.id, key, body.username, profile, secret))
    if secret is not None:
        await open_account(accounts, me.id, document.id, secret)
    return await show(document)


@router.patch("/people/{person_id}", allow=ADMIN)
async def patch_person(
    *,
    people: PeoplePart,
    accounts: AccountsPart,
    me: Me,
    person_id: str,
    version: IfMatch,
    body: PersonChangesBody,
    show: Show,
) -> PersonView:
    """Change what the ledger says about a person; every change is kept with its date and who made it."""
    document = await revise_person(people, me.id, person_id, body.applied_to, version)
    if body.password is not None:
        await reset_password(accounts, me.id, person_id, body.password)
    return await show(document)


@router.post("/people/{person_id}/departure", allow=ADMIN)
async def post_departure(people: PeoplePart, me: Me, person_id: str, show: Show) -> PersonView:
    """Note that a person left: their sessions end, and what they had taken on goes to others. It can be undone."""
    return await show(await move_person(people, me.id, person_id, depart))


@router.post("/people/{person_id}/return", allow=ADMIN)
async def post_return(
    *, people: PeoplePart, accounts: AccountsPart, me: Me, person_id: str, body: ReturnBody, show: Show
) -> PersonView:
    """Note that a person who left is back, with the same id and all history; harmless for somebody who is here.

    The account waits for a new password unless one is given or the old one is to hold.
    """
    known = found(await people.documents.load(person_id))
    if known.state.departed_at is not None and not body.keep_password:
        await close_account(accounts, me.id, person_id)
    document = await return_person(people, me.id, person_id, body.applied_to)
    if body.password is not None:
        await reset_password(accounts, me.id, person_id, body.password)
    return await show(document)


@router.post("/people/{person_id}/suspension", allow=ADMIN)
async def post_suspension(people: PeoplePart, me: Me, person_id: str, show: Show) -> PersonView:
    """Disable a person's account: they cannot sign in, and their sessions end."""
    return await show(await move_person(people, me.id, person_id, disable))


@router.post("/people/{person_id}/reinstatement", allow=ADMIN)
async def post_reinstatement(people: PeoplePart, me: Me, person_id: str, show: Show) -> PersonView:
    """Let a person whose account was disabled sign in again."""
    return await show(await move_person(people, me.id, person_id, enable))


@router.post("/people/{person_id}/password", allow=ADMIN)
async def post_new_password(
    *, people: PeoplePart, accounts: AccountsPart, me: Me, person_id: str, body: PasswordBody, show: Show
) -> PersonView:
    """Give a person a new password, as one who forgot theirs needs it; every session of theirs ends."""
    document = found(await people.documents.load(person_id))
    if document.state.departed_at is not None:
        raise Refusal(Why.DEPARTED, id=person_id)
    await reset_password(accounts, me.id, person_id, body.password)
    return await show(document)
