"""What people ask about units over HTTP."""

from typing import Annotated

from fastapi import Response
from pydantic import Field

from services.members.units.domain import Unit, UnitType
from services.members.units.handlers import Units, form_unit
from services.members.units.queries import list_units
from shared.auth.dependency import Me
from shared.auth.permissions import ADMIN, SIGNED_IN
from shared.http import Body, IdempotencyKey, Router, View, made, made_before
from shared.store.document import Document
from shared.topic import part
from shared.words import Title

router = Router(prefix="/api/members", tags=["organisation"], about="Units, and who answers for which places.")
UnitsPart = Annotated[Units, part(Units)]
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


def _unit_view(document: Document[Unit]) -> UnitView:
    return UnitView.of(document.state, document)


@router.get("/units", allow=SIGNED_IN)
async def get_units(units: UnitsPart) -> UnitsView:
    """List every unit."""
    return UnitsView(items=[_unit_view(one) for one in await list_units(units.documents)])


@router.post("/units", allow=ADMIN, status_code=201, responses=made_before(UnitView))
async def post_unit(units: UnitsPart, me: Me, key: IdempotencyKey, body: UnitBody, response: Response) -> UnitView:
    """Form a unit; the same key with the same form answers with the unit that was formed first."""
    created = await form_unit(units, me.id, key, body.id, Unit(body.type, body.name, body.parent))
    return _unit_view(made(response, created))
