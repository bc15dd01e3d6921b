"""What the desk's queue shows, and to whom."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from services.requests.casework.domain.permissions import OUTSIDE_VIEWERS, OUTSIDE_VISIBILITIES, reach, reads_sealed
from services.requests.casework.domain.request import Caller, Need, Why
from services.requests.casework.domain.search import (
    asked_for,
    keys_of_scope,
    keys_of_visibility,
    knows_people,
    marks_of,
    words_of,
)
from services.requests.casework.handlers.casework import Casework
from services.requests.casework.queries.requests import VisibleRequest, list_requests
from services.requests.casework.store import unended, visible
from services.requests.queue.domain import QueueFilter
from services.requests.queue.store import count_pipeline, found_by, left_outside, narrowed, outside
from shared.auth.actor import Actor
from shared.contracts.scope import Scope
from shared.contracts.stages import Visibility
from shared.keyset import PageQuery, Slice
from shared.refusal import Refusal
from shared.store.aggregates import KEYS
from shared.store.mongo import Collection


async def list_queue(casework: Casework, actor: Actor, wanted: QueueFilter, page: PageQuery) -> Slice[VisibleRequest]:
    """Return what the caller may see in the desk's queue: what lies where they work, and sealed ones for their readers.

    Raises `Refusal` for somebody who looks for a person and may not see everybody's name.
    """
    caller = casework.caller(actor)
    if wanted.person and not knows_people(caller):
        raise Refusal(Why.NOT_YOURS)
    shown = _shown_to(caller, marks_of(wanted.stage, ended_too=wanted.needs is not None), wanted.building)
    if shown is None:
        return Slice([], None)
    places = [await casework.directory.called(word) for word in words_of(wanted.q or "")]
    groups = asked_for(wanted.q or None, caller, wanted.stage, places=places, people=wanted.person)
    where = {"$and": [each for each in (shown, narrowed(wanted), found_by(groups)) if each]}
    return await list_requests(casework, actor, where, page)


async def count_queue(casework: Casework, requests: Collection, actor: Actor) -> Mapping[str, int]:
    """Count the unended requests that the caller may see: `total`, `overdue`, by stage and by need.

    What is still open outside counts also when the request has ended.
    """
    caller = casework.caller(actor)
    shown = _shown_to(caller, marks_of((), ended_too=False))
    shown_ever = _shown_to(caller, marks_of((), ended_too=True))
    if shown is None or shown_ever is None:
        return {"total": 0, "overdue": 0, **dict.fromkeys((need.value for need in Need), 0)}
    rows = await requests.aggregate(count_pipeline({"$and": [shown, unended()]}))
    still_open = {"$and": [shown_ever, left_outside()]}
    unsettled = await requests.aggregate([{"$match": still_open}, {"$group": {"_id": None, "n": {"$sum": 1}}}])
    facets = cast("Mapping[str, Sequence[Mapping[str, Any]]]", rows[0])
    stages, needs, overdue = ({row["_id"]: row["n"] for row in facets[key]} for key in ("stages", "needs", "overdue"))
    return {
        "overdue": 0,
        **overdue,
        **dict.fromkeys((need.value for need in Need), 0),
        **needs,
        Need.STILL_OPEN_OUTSIDE.value: unsettled[0]["n"] if unsettled else 0,
        **stages,
        "total": sum(stages.values()),
    }


def _shown_to(caller: Caller, marks: Sequence[str], building: str | None = None) -> Mapping[str, Any] | None:
    """Return the filter of what somebody sees by their roles, or None when they see nothing.

    It is everything of some visibilities where they work, what goes outside from there, and what is sealed for its
    readers; each part is met by keys, unless somebody works everywhere. A building narrows where is looked.
    """
    ways = [
        {**visible(visibilities), **_within(scope, marks, building)} for scope, visibilities in reach(caller).items()
    ]
    sent = caller.scope(OUTSIDE_VIEWERS)
    if not sent.nowhere and not any(
        scope == sent and set(seen) >= OUTSIDE_VISIBILITIES for scope, seen in reach(caller).items()
    ):
        ways.append({**outside(sorted(OUTSIDE_VISIBILITIES)), **_within(sent, marks, building)})
    if reads_sealed(caller):
        ways.append({**visible([Visibility.SEALED]), KEYS: {"$in": keys_of_visibility(Visibility.SEALED, marks)}})
    if not ways:
        return None
    return ways[0] if len(ways) == 1 else {"$or": ways}


def _within(scope: Scope, marks: Sequence[str], building: str | None) -> Mapping[str, Any]:
    inside = scope if building is None else scope.inside(building)
    return {} if inside.everywhere else {KEYS: {"$in": keys_of_scope(inside, marks)}}
