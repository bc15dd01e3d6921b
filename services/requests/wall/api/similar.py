"""Similar requests over HTTP."""

from typing import Annotated

from fastapi import Query

from services.requests.casework.api.answers import Work
from services.requests.wall.queries.similar import SimilarView, find_similar
from shared.auth.dependency import Me
from shared.auth.permissions import SIGNED_IN
from shared.contracts.places import PlaceId
from shared.http import Router
from shared.words import Id

router = Router(prefix="/api/requests", tags=["filing"])


@router.get("/similar", allow=SIGNED_IN)
async def get_similar(
    me: Me, work: Work, category: Annotated[Id, Query()], place: Annotated[PlaceId | None, Query()] = None
) -> SimilarView:
    """Show what is already asked for there, before one more is filed; without `place`, in the caller's own room."""
    return await find_similar(work, me, category, place)
