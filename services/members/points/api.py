"""What people ask about points over HTTP."""

from datetime import datetime
from typing import Annotated

from services.members.people.handlers.commands import People
from services.members.people.queries import shown_person
from services.members.points.domain import Entry, Source, balance
from services.members.points.handlers import Points
from services.members.points.queries import entries_of
from shared.auth.dependency import Me
from shared.auth.permissions import SIGNED_IN, STAFF
from shared.http import Router, View
from shared.refusal import found
from shared.topic import part

router = Router(prefix="/api/members", tags=["points"], about="Points, and what they were given for.")


PointsPart = Annotated[Points, part(Points)]
PeoplePart = Annotated[People, part(People)]


class EntryView(View):
    """One entry of the ledger; `source_id` is the leg or the activity, `reverses` the entry that it takes back."""

    id: str
    points: int
    rule: str
    source: Source
    source_id: str
    at: datetime
    reverses: str | None


class PointsView(View):
    """A person's points: the entries, the latest first, and their sum."""

    balance: int
    entries: list[EntryView]


def _view(entries: list[Entry]) -> PointsView:
    return PointsView(balance=balance(entries), entries=[EntryView.of(entry) for entry in entries])


@router.get("/points/mine", allow=SIGNED_IN)
async def get_my_points(points: PointsPart, me: Me) -> PointsView:
    """Show one's own points."""
    return _view(await entries_of(points.transactions, me.id))


@router.get("/people/{person_id}/points", allow=STAFF)
async def get_points(points: PointsPart, people: PeoplePart, me: Me, person_id: str) -> PointsView:
    """Show the points of a person for whom the caller works."""
    found(await shown_person(people.documents, people.units, me, person_id))
    return _view(await entries_of(points.transactions, person_id))
