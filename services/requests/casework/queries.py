"""What we show of requests, and to whom."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from msgspec import Struct

from services.requests.allowed.domain import (
    OUTSIDE_VIEWERS,
    OUTSIDE_VISIBILITIES,
    Who,
    reach,
    reads_sealed,
    sees,
    sees_wholly,
    standing,
)
from services.requests.casework.domain import Ask, Caller, Command, Leg, Need, Request, Why
from services.requests.casework.handlers import Casework
from services.requests.casework.store import (
    NEWEST_FIRST,
    Wanted,
    count_pipeline,
    following,
    found_by,
    helped_by,
    left_outside,
    narrowed,
    outside,
    unended,
    visible,
)
from services.requests.rules.domain import LEG_STAGE
from services.requests.search.domain import (
    asked_for,
    keys_of_scope,
    keys_of_visibility,
    knows_people,
    marks_of,
    words_of,
)
from shared.auth.actor import Actor
from shared.contracts.scope import Scope
from shared.contracts.stages import LegState, Visibility
from shared.keyset import Position
from shared.refusal import Refusal
from shared.store.aggregates import KEYS
from shared.store.document import Document
from shared.store.mongo import Collection

ACTIVE: Final = (LegState.OFFERED, LegState.ACCEPTED, LegState.STARTED)
"""Leg states in which a helper has something to do."""


class Seen(Struct, frozen=True):
    """A request as somebody sees it: what they may do now, and whose id they are not shown."""

    document: Document[Request]
    may: tuple[Command, ...]
    leg_may: Mapping[str, tuple[Command, ...]]
    masked: bool


def seen_by(document: Document[Request], ask: Ask) -> Seen:
    """Return the request as the caller sees it now."""
    request = document.state
    caller = standing(request, ask)
    concerned = caller.who - {Who.VOLUNTEER, Who.LOGISTICS} or any(
        leg.helper_id == ask.caller.id for leg in request.legs
    )
    told = request.visibility is Visibility.PUBLIC and sees_wholly(request, ask.caller)
    masked = not (told or concerned)
    return Seen(document, caller.may, caller.on_legs, masked=masked)


async def show_request(casework: Casework, actor: Actor, request_id: str) -> Seen:
    """Return one request; refuses an unknown one, and one that the caller may not see."""
    document = await casework.documents.load(request_id)
    if document is None:
        raise Refusal(Why.NOT_FOUND)
    ask = casework.ask(actor)
    if not sees(document.state, ask.caller):
        raise Refusal(Why.NOT_YOURS)
    return seen_by(document, ask)


async def list_mine(casework: Casework, actor: Actor, position: Position | None, limit: int) -> list[Seen]:
    """Return the caller's own requests, newest first."""
    return await _list(casework, actor, {"state.requester_id": actor.id}, position, limit)


async def list_my_legs(
    casework: Casework, actor: Actor, position: Position | None, limit: int, *, active: bool
) -> list[tuple[Seen, list[Leg]]]:
    """Return the requests with a leg of the caller, newest first, each with these legs."""
    states = ACTIVE if active else tuple(LEG_STAGE)
    found = await _list(casework, actor, helped_by(actor.id, states), position, limit)
    return [
        (seen, [leg for leg in seen.document.state.legs if leg.helper_id == actor.id and leg.state in states])
        for seen in found
    ]


async def list_queue(
    casework: Casework, actor: Actor, wanted: Wanted, position: Position | None, limit: int
) -> list[Seen]:
    """Return what the caller may see in the desk's queue: what lies where they work, and sealed ones for their readers.

    Raises `Refusal` for somebody who looks for a person and may not see everybody's name.
    """
    caller = casework.caller(actor)
    if wanted.people and not knows_people(caller):
        raise Refusal(Why.NOT_YOURS)
    shown = _shown_to(caller, marks_of(wanted.stages, ended_too=wanted.needs is not None), wanted.building)
    if shown is None:
        return []
    places = [await casework.learnt.called(word) for word in words_of(wanted.q or "")]
    groups = asked_for(wanted.q or None, caller, wanted.stages, places=places, people=wanted.people)
    where = {"$and": [each for each in (shown, narrowed(wanted), found_by(groups)) if each]}
    return await _list(casework, actor, where, position, limit)


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


async def _list(
    casework: Casework, actor: Actor, where: Mapping[str, Any], position: Position | None, limit: int
) -> list[Seen]:
    found = await casework.documents.select(following(where, position), sort=NEWEST_FIRST.sort, limit=limit)
    ask = casework.ask(actor)
    return [seen_by(document, ask) for document in found]


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
