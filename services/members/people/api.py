"""What people ask about people over HTTP."""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Response
from pydantic import Field, StrictBool, StrictInt

from services.members.matching.handlers import Loads
from services.members.people.domain import Busy, Person, PersonStage, Profile, Why, skilled, staged
from services.members.people.handlers import (
    PeopleDesk,
    depart_person,
    disable_person,
    enable_person,
    register_person,
    return_person,
    revise_person,
)
from services.members.people.queries import (
    BEST_FIRST,
    PeopleFilter,
    after_of,
    holder,
    is_within,
    list_people,
    works_among,
)
from services.members.signin.domain import LONGEST_PASSWORD, SHORTEST_PASSWORD
from services.members.signin.handlers import SigninDesk, close_account, open_account, reset_password
from shared.auth.actor import Actor
from shared.auth.dependency import Me
from shared.auth.permissions import ADMIN, STAFF
from shared.contracts.members import Role
from shared.contracts.places import DutyPlace, PlaceId
from shared.http import (
    Body,
    IdempotencyKey,
    IfMatch,
    Page,
    Router,
    Versioned,
    View,
    Whole,
    cursor_of,
    etag,
    made,
    made_before,
)
from shared.ids import derive_id
from shared.refusal import Refusal
from shared.store.document import Document
from shared.topic import part
from shared.words import Query as Wanted
from shared.words import Secret, Skill, Title

_APART: Final = frozenset({"busy", "skills", "password", "stage", "party_member", "username"})

READERS: Final = tuple(sorted(STAFF.roles or ()))
"""The roles that give a look at people, each where it holds."""

router = Router(prefix="/api/members", tags=["people"], about="The ledger of people.")


Desk = Annotated[PeopleDesk, part(PeopleDesk)]
Signin = Annotated[SigninDesk, part(SigninDesk)]
LoadsOf = Annotated[Loads, part(Loads)]
UnitId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Phone = Annotated[str, Field(pattern=r"^[0-9+() -]{3,32}$")]
Password = Annotated[str, Secret(LONGEST_PASSWORD, SHORTEST_PASSWORD)]
Time = Annotated[str, Field(pattern=r"^[0-9:]*$", max_length=5)]


class BusyBody(Body):
    """A weekly busy time: `day` 1 (Monday) to 7, HH:MM of the campus's clock."""

    day: Annotated[StrictInt, Field(ge=1, le=7), Whole]
    starts: Time
    ends: Time


class ProfileBody(Body):
    """What the ledger says about a person, as far as it is named."""

    roles: tuple[Role, ...] = Field(default=(Role.STUDENT,), min_length=1, max_length=9)
    place: PlaceId | None = None
    units: tuple[UnitId, ...] = Field(default=(), max_length=20)
    duty: tuple[DutyPlace, ...] = Field(default=(), max_length=40)
    skills: tuple[Skill, ...] = Field(default=(), max_length=40)
    stage: PersonStage | None = None
    party_member: StrictBool | None = None
    busy: tuple[BusyBody, ...] = Field(default=(), max_length=100)
    phone: Phone | None = None
    reachable: StrictBool = True
    password: Password | None = None

    def applied_to(self, profile: Profile) -> Profile:
        """Return the profile with the named fields replaced."""
        return self.named(profile)

    def named(self, profile: Profile, apart: AbstractSet[str] = frozenset()) -> Profile:
        """Return the profile with the named fields replaced, those that are no part of it left apart."""
        told: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set - _APART - apart}
        if "duty" in told:
            told["duty"] = tuple(dict.fromkeys(self.duty))
        if "skills" in self.model_fields_set:
            told["skills"] = skilled(self.skills, profile.skills)
        if "busy" in self.model_fields_set:
            told["busy"] = tuple(Busy(slot.day, slot.starts, slot.ends) for slot in self.busy)
        return staged(replace(profile, **told), self.stage, party_member=self.party_member)


class PersonChangesBody(ProfileBody):
    """What to change; what is not named stays. A new password replaces the old one."""

    name: Title = Field(default_factory=str)


class PersonBody(ProfileBody):
    """A person to add; the account name is theirs for ever."""

    username: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    name: Title


class ReturnBody(ProfileBody):
    """Somebody who left is back: what is not named is as it was when they left.

    Without a new password nobody can sign in until one is set, unless the old one is to hold (a mistaken departure).
    """

    name: Title = Field(default_factory=str)
    keep_password: StrictBool = False

    def applied_to(self, profile: Profile) -> Profile:
        """Return the profile with the named fields replaced."""
        return self.named(profile, {"keep_password"})


class PasswordBody(Body):
    """A new password for somebody."""

    password: Password


class PersonRow(View):
    """A person in a list; `load` is the number of open legs they have, `disabled_at` tells that they cannot sign in.

    `duty` are the places that a member of staff works for.
    """

    id: str
    name: str
    username: str
    roles: tuple[Role, ...]
    place: str | None
    units: tuple[str, ...]
    duty: tuple[str, ...]
    skills: tuple[str, ...]
    stage: PersonStage
    party_member: bool
    reachable: bool
    load: int
    disabled_at: datetime | None
    departed_at: datetime | None
    version: int


class BusyView(View):
    """A weekly busy time."""

    day: int
    starts: str
    ends: str


class ChangeView(View):
    """One change of the ledger: when, by whom, which field, from what to what."""

    at: datetime
    by: str
    field: str
    before: str
    after: str


class PersonView(PersonRow, Versioned):
    """A person with everything that the ledger says, and every change."""

    phone: str | None
    busy: list[BusyView]
    joined_at: datetime
    joined_by: str
    changes: list[ChangeView]


def _row(document: Document[Person], load: int) -> dict[str, Any]:
    profile = document.state.profile
    return {
        "id": document.id,
        "name": profile.name,
        "username": document.state.username,
        "roles": profile.roles,
        "place": profile.place,
        "units": profile.units,
        "duty": profile.duty or (),
        "skills": profile.skills,
        "stage": profile.stage,
        "party_member": profile.party_member,
        "reachable": profile.reachable,
        "load": load,
        "disabled_at": document.state.disabled_at,
        "departed_at": document.state.departed_at,
        "version": document.version,
    }


async def _whole(desk: PeopleDesk, loads: Loads, document: Document[Person] | None, response: Response) -> PersonView:
    if document is None:
        code = "http.not_found"
        raise Refusal(code)
    etag(response, document.version)
    person = document.state
    load = (await loads.count(desk.clock.now(), [document.id])).get(document.id, 0)
    return PersonView(
        **_row(document, load),
        phone=person.profile.phone,
        busy=[BusyView(day=slot.day, starts=slot.starts, ends=slot.ends) for slot in person.profile.busy],
        joined_at=person.joined_at,
        joined_by=person.joined_by,
        changes=[
            ChangeView(at=one.at, by=one.by, field=one.field, before=one.before, after=one.after)
            for one in person.changes
        ],
    )


async def shown_person(desk: PeopleDesk, me: Actor, person_id: str) -> Document[Person] | None:
    """Return a person for whom the caller works, or who is the caller."""
    document = await desk.people.load(person_id)
    if document is None or document.id == me.id:
        return document
    return document if await is_within(desk.units, me.scope(*READERS), document.state) else None


async def _chosen(
    *,
    desk: Desk,
    me: Me,
    q: Annotated[Wanted | None, Query()] = None,
    role: Annotated[Role | None, Query()] = None,
    place: Annotated[PlaceId | None, Query()] = None,
    gone: Annotated[bool, Query()] = False,
) -> PeopleFilter:
    """Return which people are asked for, of those for whom the caller works."""
    return PeopleFilter(q, role, place, gone, await works_among(desk.units, me.scope(*READERS)))


@router.get("/people", allow=STAFF)
async def get_people(
    *,
    desk: Desk,
    loads: LoadsOf,
    chosen: Annotated[PeopleFilter, Depends(_chosen)],
    cursor: Annotated[str | None, cursor_of(BEST_FIRST)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[PersonRow]:
    """List people who are here (with `gone` those who left), of those for whom the caller works.

    With `q` those who fit best come first.
    `q` is a part of a name in any case and with or without its dots, its pinyin or initials, a part of an account name
    or number, or a room.
    """
    found = await list_people(desk.people, chosen, after_of(cursor), limit + 1)
    shown = [one.person for one in found[:limit]]
    counts = await loads.count(desk.clock.now(), [one.id for one in shown])
    following = BEST_FIRST.following(found, limit, lambda one: (one.rank, one.person.state.username))
    return Page(items=[PersonRow(**_row(one, counts.get(one.id, 0))) for one in shown], next_cursor=following)


@router.get("/people/{person_id}", allow=STAFF)
async def get_person(desk: Desk, loads: LoadsOf, me: Me, person_id: str, response: Response) -> PersonView:
    """Show everything that the ledger says about a person for whom the caller works; of others nothing at all."""
    return await _whole(desk, loads, await shown_person(desk, me, person_id), response)


@router.post("/people", allow=ADMIN, status_code=201, responses=made_before(PersonView))
async def post_person(
    *, desk: Desk, signin: Signin, loads: LoadsOf, me: Me, key: IdempotencyKey, body: PersonBody, response: Response
) -> PersonView:
    """Add a person, with an account when a password is given; the same key with the same form adds nobody else.

    Whoever left under the account name comes back as the same person; their old password does not.
    """
    profile = body.applied_to(Profile(name=body.name, roles=(Role.STUDENT,)))
    secret: str | None = None
    if body.password is not None:
        secret = await signin.passwords.hash(body.password, salt=derive_id("salt", me.id, key))
    known = await holder(desk.people, body.username)
    if known is not None and known.state.departed_at is not None:
        await close_account(signin, me.id, known.id)
    document = made(response, await register_person(desk, me.id, key, body.username, profile, secret))
    if secret is not None:
        await open_account(signin, me.id, document.id, secret)
    return await _whole(desk, loads, document, response)


@router.patch("/people/{person_id}", allow=ADMIN)
async def patch_person(
    *,
    desk: Desk,
    signin: Signin,
    loads: LoadsOf,
    me: Me,
    person_id: str,
    version: IfMatch,
    body: PersonChangesBody,
    response: Response,
) -> PersonView:
    """Change what the ledger says about a person; every change is kept with its date and who made it."""
    document = await revise_person(desk, me.id, person_id, body.applied_to, version)
    if document is not None and body.password is not None:
        await reset_password(signin, me.id, person_id, body.password)
    return await _whole(desk, loads, document, response)


@router.post("/people/{person_id}/departure", allow=ADMIN)
async def post_departure(desk: Desk, loads: LoadsOf, me: Me, person_id: str, response: Response) -> PersonView:
    """Note that a person left: their sessions end, and what they had taken on goes to others. It can be undone."""
    return await _whole(desk, loads, await depart_person(desk, me.id, person_id), response)


@router.post("/people/{person_id}/return", allow=ADMIN)
async def post_return(
    *, desk: Desk, signin: Signin, loads: LoadsOf, me: Me, person_id: str, body: ReturnBody, response: Response
) -> PersonView:
    """Note that a person who left is back, with the same id and all history; harmless for somebody who is here.

    The account waits for a new password unless one is given or the old one is to hold.
    """
    known = await desk.people.load(person_id)
    if known is not None and known.state.departed_at is not None and not body.keep_password:
        await close_account(signin, me.id, person_id)
    document = await return_person(desk, me.id, person_id, body.applied_to)
    if document is not None and body.password is not None:
        await reset_password(signin, me.id, person_id, body.password)
    return await _whole(desk, loads, document, response)


@router.post("/people/{person_id}/suspension", allow=ADMIN)
async def post_suspension(desk: Desk, loads: LoadsOf, me: Me, person_id: str, response: Response) -> PersonView:
    """Disable a person's account: they cannot sign in, and their sessions end."""
    return await _whole(desk, loads, await disable_person(desk, me.id, person_id), response)


@router.post("/people/{person_id}/reinstatement", allow=ADMIN)
async def post_reinstatement(desk: Desk, loads: LoadsOf, me: Me, person_id: str, response: Response) -> PersonView:
    """Let a person whose account was disabled sign in again."""
    return await _whole(desk, loads, await enable_person(desk, me.id, person_id), response)


@router.post("/people/{person_id}/password", allow=ADMIN)
async def post_new_password(
    *, desk: Desk, signin: Signin, loads: LoadsOf, me: Me, person_id: str, body: PasswordBody, response: Response
) -> PersonView:
    """Give a person a new password, as one who forgot theirs needs it; every session of theirs ends."""
    document = await desk.people.load(person_id)
    if document is not None:
        if document.state.departed_at is not None:
            raise Refusal(Why.DEPARTED, id=person_id)
        await reset_password(signin, me.id, person_id, body.password)
    return await _whole(desk, loads, document, response)
