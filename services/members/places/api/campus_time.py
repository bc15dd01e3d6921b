"""What every page must know before it shows a time, whoever looks at it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Response

from shared.auth.permissions import PUBLIC
from shared.clock import Clock
from shared.http import Router, View
from shared.topic import part

router = Router(prefix="/api/members", tags=["campus"], about="The zone and the time that everything here goes by.")


@dataclass(frozen=True, slots=True)
class CampusTime:
    """The campus's time zone (its IANA name) and the clock that everything here goes by."""

    timezone: str
    clock: Clock


class CampusView(View):
    """The campus's time zone (IANA), by which times are shown and entered, and the service's time now."""

    timezone: str
    now: datetime


@router.get("/campus", allow=PUBLIC)
async def get_campus(campus: Annotated[CampusTime, part(CampusTime)], response: Response) -> CampusView:
    """Tell the campus's time zone and what time it is: a page never goes by the clock or the zone of its device."""
    response.headers["Cache-Control"] = "no-store"
    return CampusView(timezone=campus.timezone, now=campus.clock.now())
