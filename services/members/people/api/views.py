"""How a person is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

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


Row = TypeVar("Row", bound=PersonRow)


def row_of(view: type[Row], document: Document[Person], load: int) -> Row:
    """Return a person as a list or a page shows them."""
    profile = document.state.profile
    return view.of(document.state, profile, document, duty=profile.duty or (), load=load)


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers with a person as the ledger has them now, their load, and the version as `ETag`."""

    people: PeoplePart
    loads: LoadsPart
    response: Response

    async def __call__(self, document: Document[Person]) -> PersonView:
        """Return the view."""
        etag(self.response, document.version)
        load = (await self.loads.count(self.people.clock.now(), [document.id])).get(document.id, 0)
        return row_of(PersonView, document, load)
