"""What people ask about names over HTTP."""

from typing import Annotated, Final

from fastapi import Query

from services.members.acquaintance.handlers import Acquaintance
from services.members.acquaintance.queries import names_for
from shared.auth.dependency import Me
from shared.auth.permissions import SIGNED_IN
from shared.http import Router, View
from shared.topic import part

_MOST_NAMES: Final = 200

router = Router(prefix="/api/members", tags=["people"])


AcquaintancePart = Annotated[Acquaintance, part(Acquaintance)]


class NamesView(View):
    """Names by id; ids of nobody, and of people whom the caller has nothing to do with, are left out alike."""

    names: dict[str, str]


@router.get("/names", allow=SIGNED_IN)
async def get_names(
    acquaintance: AcquaintancePart, me: Me, ids: Annotated[str, Query(max_length=8_000, pattern=r"^[A-Za-z0-9,._:-]*$")]
) -> NamesView:
    """Show the names of up to 200 people whom the caller has to do with, by ids separated by commas."""
    wanted = list(dict.fromkeys(one for one in ids.split(",") if one))[:_MOST_NAMES]
    return NamesView(names=dict(await names_for(acquaintance, me, wanted)))
