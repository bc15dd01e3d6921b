"""What people ask about places over HTTP, and about the time that all of them go by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field, StrictInt

from services.members.places.domain import MOST_SEATS, Place
from services.members.places.handlers import Places, add_place
from services.members.places.queries import list_places
from shared.auth.dependency import Me
from shared.auth.permissions import ADMIN, PUBLIC, SIGNED_IN
from shared.clock import Clock
from shared.contracts.members import PlaceType
from shared.contracts.places import PlaceId, parent_of
from shared.http import Body, IdempotencyKey, Router, View, Whole, made, made_before
from shared.store.document import Document
from shared.topic import part
from shared.words import Title, Words

router = Router(prefix="/api/members", tags=["places"], about="The places of the campus.")


PlacesPart = Annotated[Places, part(Places)]


class PlaceBody(Body):
    """A place to add; its parent follows from its id."""

    id: PlaceId
    type: PlaceType
    name: Title
    name_en: Annotated[str, Words(80, empty=True)] = ""
    capacity: Annotated[StrictInt, Field(ge=0, le=MOST_SEATS), Whole] | None = None


class PlaceView(View):
    """A place; `parent` is the id of the place that holds it, `capacity` counts beds or seats."""

    id: str
    type: PlaceType
    name: str
    name_en: str
    parent: str | None
    capacity: int | None


class PlacesView(View):
    """Places, ordered by id."""

    items: list[PlaceView]


def _view(document: Document[Place]) -> PlaceView:
    return PlaceView.of(document.state, document)


@router.get("/places", allow=SIGNED_IN)
async def get_places(
    places: PlacesPart,
    parent: Annotated[PlaceId | None, Query()] = None,
    kind: Annotated[PlaceType | None, Query(alias="type")] = None,
) -> PlacesView:
    """List places: all, or those directly in one place, or those of one type."""
    return PlacesView(items=[_view(one) for one in await list_places(places.documents, parent, kind)])


@router.post("/places", allow=ADMIN, status_code=201, responses=made_before(PlaceView))
async def post_place(places: PlacesPart, me: Me, key: IdempotencyKey, body: PlaceBody, response: Response) -> PlaceView:
    """Add a place; the same key with the same form answers with the place that was added first."""
    place = Place(body.type, body.name, body.name_en or body.name, parent_of(body.id), body.capacity)
    return _view(made(response, await add_place(places, me.id, key, body.id, place)))


campus_router = Router(
    prefix="/api/members", tags=["campus"], about="The zone and the time that everything here goes by."
)


@dataclass(frozen=True, slots=True)
class CampusTime:
    """The campus's time zone (its IANA name) and the clock that everything here goes by."""

    timezone: str
    clock: Clock


class CampusView(View):
    """The campus's time zone (IANA), by which times are shown and entered, and the service's time now."""

    timezone: str
    now: datetime


@campus_router.get("/campus", allow=PUBLIC)
async def get_campus(campus: Annotated[CampusTime, part(CampusTime)], response: Response) -> CampusView:
    """Tell the campus's time zone and what time it is: a page never goes by the clock or the zone of its device."""
    response.headers["Cache-Control"] = "no-store"
    return CampusView(timezone=campus.timezone, now=campus.clock.now())
