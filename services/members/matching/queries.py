"""What we show of matching: kept proposals, and candidates for a coordinator."""

from dataclasses import replace
from datetime import datetime

from services.members.matching.domain import Need, Proposal, Ranked, rank
from services.members.matching.handlers import Matching
from shared.store.document import Documents


async def proposals_of(proposals: Documents[Proposal], request_id: str) -> list[Proposal]:
    """Return every proposal for the legs of a request, the earliest first."""
    found = await proposals.select({"state.request_id": request_id}, sort=[("state.at", 1), ("_id", 1)])
    return [one.state for one in found]


async def candidates(matching: Matching, skill: str | None, place: str, now: datetime, limit: int) -> list[Ranked]:
    """Return who would suit a leg at this place best, as a coordinator asks before assigning somebody by hand."""
    loads = await matching.loads.count(now)
    helpers = [replace(one, load=loads.get(one.id, 0)) for one in await matching.pool.helpers()]
    need = Need(request_id="", leg_id=place, round=0, skill=skill, place=place, requester_id="", requester_place=None)
    fit, _ = rank(need, helpers, now.astimezone(matching.zone))
    return fit[:limit]
