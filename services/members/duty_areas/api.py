"""What people ask about duty areas over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

from fastapi import Response
from pydantic import Field

from services.members.duty_areas.domain import area_of
from services.members.duty_areas.handlers import (
    DutyAreas,
    assign_duty_area,
    departed_among,
    duty_map,
    release_duty_area,
)
from services.members.units.api import UnitId
from shared.auth.actor import Actor
from shared.auth.dependency import Me
from shared.auth.permissions import SIGNED_IN, roles
from shared.contracts.members import Role
from shared.contracts.places import PlaceId
from shared.http import Body, IdempotencyKey, Router, View, made, made_before
from shared.refusal import NOT_YOURS, Refusal
from shared.topic import part
from shared.words import Id

_BRANCH: Final = roles(Role.SECRETARY, Role.ADMIN)


router = Router(prefix="/api/members", tags=["organisation"])
AreasPart = Annotated[DutyAreas, part(DutyAreas)]


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


def _check_places(me: Actor, places: Sequence[str]) -> None:
    """Refuse places for which the caller does not work."""
    scope = me.scope(*(_BRANCH.roles or ()))
    if not all(scope.holds_place(place) for place in places):
        raise Refusal(NOT_YOURS)


@router.get("/duty-areas", allow=SIGNED_IN)
async def get_duty_areas(areas: AreasPart) -> DutyAreasView:
    """List the duty areas that somebody answers for now, or did until they left."""
    active = (await duty_map(areas.duty)).active()
    gone = await departed_among(areas.people, [area.owner_id for area in active])
    return DutyAreasView(items=[DutyAreaView.of(area, orphaned=area.owner_id in gone) for area in active])


@router.post("/duty-areas", allow=_BRANCH, status_code=201, responses=made_before(DutyAreaView))
async def post_duty_area(
    areas: AreasPart, me: Me, key: IdempotencyKey, body: DutyAreaBody, response: Response
) -> DutyAreaView:
    """Give places to one person who answers for them; a place that somebody answers for is refused.

    Whoever works for some places gives only these: `auth.not_yours` otherwise.
    """
    _check_places(me, body.places)
    created = await assign_duty_area(areas, me.id, key, body.owner_id, body.unit_id, body.places)
    return DutyAreaView.of(made(response, created).state, orphaned=False)


@router.delete("/duty-areas/{area_id}", allow=_BRANCH, status_code=204, response_class=Response)
async def delete_duty_area(areas: AreasPart, me: Me, area_id: str) -> None:
    """End a duty area of where the caller works; its history stays."""
    known = area_of(await duty_map(areas.duty), area_id)
    if known is not None:
        _check_places(me, known.places)
    await release_duty_area(areas, me.id, area_id)
