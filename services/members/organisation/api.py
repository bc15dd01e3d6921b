"""What people ask about units and duty areas over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

from fastapi import Response
from pydantic import Field

from services.members.organisation.domain import Area, Unit, UnitType, area_of
from services.members.organisation.handlers import (
    OrganisationDesk,
    assign_duty_area,
    duty_map,
    form_unit,
    release_duty_area,
)
from services.members.organisation.queries import departed_among, list_units
from shared.auth.actor import Actor
from shared.auth.dependency import Me
from shared.auth.permissions import ADMIN, SIGNED_IN, roles
from shared.contracts.members import Role
from shared.contracts.places import PlaceId
from shared.http import Body, IdempotencyKey, Router, View, made, made_before
from shared.refusal import Refusal
from shared.store.document import Document
from shared.topic import part
from shared.words import Id, Title

_NOT_YOURS: Final = "auth.not_yours"
_BRANCH: Final = roles(Role.SECRETARY, Role.ADMIN)
router = Router(prefix="/api/members", tags=["organisation"], about="Units, and who answers for which places.")


Desk = Annotated[OrganisationDesk, part(OrganisationDesk)]
UnitId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class UnitBody(Body):
    """A unit to form; its id is chosen by the caller, so that imports can name it."""

    id: UnitId
    type: UnitType
    name: Title
    parent: UnitId | None = None


class UnitView(View):
    """A unit; `parent` is the id of the unit that it belongs to."""

    id: str
    type: UnitType
    name: str
    parent: str | None


class UnitsView(View):
    """Units, ordered by id."""

    items: list[UnitView]


class DutyAreaBody(Body):
    """Places for one person to answer for."""

    owner_id: Id
    unit_id: UnitId | None = None
    places: tuple[PlaceId, ...] = Field(min_length=1, max_length=200)


class DutyAreaView(View):
    """Places that one person answers for since `assigned_at`; `orphaned` when that person has left."""

    id: str
    owner_id: str
    unit_id: str | None
    places: tuple[str, ...]
    assigned_at: datetime
    assigned_by: str
    orphaned: bool


class DutyAreasView(View):
    """The duty areas that somebody answers for now."""

    items: list[DutyAreaView]


def _unit_view(document: Document[Unit]) -> UnitView:
    unit = document.state
    return UnitView(id=document.id, type=unit.type, name=unit.name, parent=unit.parent)


def _area_view(area: Area, *, orphaned: bool = False) -> DutyAreaView:
    return DutyAreaView(
        id=area.id,
        owner_id=area.owner_id,
        unit_id=area.unit_id,
        places=area.places,
        assigned_at=area.assigned_at,
        assigned_by=area.assigned_by,
        orphaned=orphaned,
    )


def _check_places(me: Actor, places: Sequence[str]) -> None:
    """Refuse places for which the caller does not work."""
    scope = me.scope(*(_BRANCH.roles or ()))
    if not all(scope.holds_place(place) for place in places):
        raise Refusal(_NOT_YOURS)


@router.get("/units", allow=SIGNED_IN)
async def get_units(desk: Desk) -> UnitsView:
    """List every unit."""
    return UnitsView(items=[_unit_view(one) for one in await list_units(desk.units)])


@router.post("/units", allow=ADMIN, status_code=201, responses=made_before(UnitView))
async def post_unit(desk: Desk, me: Me, key: IdempotencyKey, body: UnitBody, response: Response) -> UnitView:
    """Form a unit; the same key with the same form answers with the unit that was formed first."""
    created = await form_unit(desk, me.id, key, body.id, Unit(body.type, body.name, body.parent))
    return _unit_view(made(response, created))


@router.get("/duty-areas", allow=SIGNED_IN)
async def get_duty_areas(desk: Desk) -> DutyAreasView:
    """List the duty areas that somebody answers for now, or did until they left."""
    areas = (await duty_map(desk.duty)).active()
    gone = await departed_among(desk.people, [area.owner_id for area in areas])
    return DutyAreasView(items=[_area_view(area, orphaned=area.owner_id in gone) for area in areas])


@router.post("/duty-areas", allow=_BRANCH, status_code=201, responses=made_before(DutyAreaView))
async def post_duty_area(
    desk: Desk, me: Me, key: IdempotencyKey, body: DutyAreaBody, response: Response
) -> DutyAreaView:
    """Give places to one person who answers for them; a place that somebody answers for is refused.

    Whoever works for some places gives only these: `auth.not_yours` otherwise.
    """
    _check_places(me, body.places)
    created = await assign_duty_area(desk, me.id, key, body.owner_id, body.unit_id, body.places)
    return _area_view(made(response, created).state)


@router.delete("/duty-areas/{area_id}", allow=_BRANCH, status_code=204, response_class=Response)
async def delete_duty_area(desk: Desk, me: Me, area_id: str) -> None:
    """End a duty area of where the caller works; its history stays."""
    known = area_of(await duty_map(desk.duty), area_id)
    if known is not None:
        _check_places(me, known.places)
    await release_duty_area(desk, me.id, area_id)
