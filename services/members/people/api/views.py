"""How a person is shown."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Response

from services.members.loads.handlers import Loads
from services.members.people.domain.person import Person
from services.members.people.domain.profile import PersonStage
from services.members.people.handlers.commands import People
from shared.contracts.members import Role
from shared.http import Versioned, View, etag
from shared.store.document import Document
from shared.topic import part

PeoplePart = Annotated[People, part(People)]
LoadsPart = Annotated[Loads, part(Loads)]


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


def row_of(document: Document[Person], load: int) -> dict[str, Any]:
    """Return what lists and pages of one person have in common."""
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


class Answer:
    """Answers with a person as the ledger has them now, their load, and the version as `ETag`."""

    def __init__(self, people: PeoplePart, loads: LoadsPart, response: Response) -> None:
        """Answer one call."""
        self._people, self._loads, self._response = people, loads, response

    async def __call__(self, document: Document[Person]) -> PersonView:
        """Return the view."""
        etag(self._response, document.version)
        person = document.state
        load = (await self._loads.count(self._people.clock.now(), [document.id])).get(document.id, 0)
        return PersonView(
            **row_of(document, load),
            phone=person.profile.phone,
            busy=[BusyView(day=slot.day, starts=slot.starts, ends=slot.ends) for slot in person.profile.busy],
            joined_at=person.joined_at,
            joined_by=person.joined_by,
            changes=[
                ChangeView(at=one.at, by=one.by, field=one.field, before=one.before, after=one.after)
                for one in person.changes
            ],
        )
