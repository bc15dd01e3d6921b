"""Questions about activities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.activities.attendance.domain import code_at, valid_until
from services.activities.programme.domain import Activity, Asker, Command, check, is_seen
from services.activities.programme.handlers import NOT_FOUND, Programme
from services.activities.programme.store import LATEST_FIRST, SOONEST_FIRST, not_long_ago, of_units, planned_in
from shared.contracts.activities import ActivityStage
from shared.keyset import Position
from shared.refusal import Refusal
from shared.store.document import Document


class When(StrEnum):
    """Which activities a list shows."""

    UPCOMING = "upcoming"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Shown:
    """The code of this moment, when the next one follows, and what the service's clock says now."""

    code: str
    valid_until: datetime
    now: datetime


async def show_activity(programme: Programme, asker: Asker, activity_id: str) -> Document[Activity]:
    """Return an activity; one that is only planned exists for nobody but those who run it."""
    document = await programme.activities.load(activity_id)
    if document is None or not is_seen(document.state, asker):
        raise Refusal(NOT_FOUND)
    return document


async def list_activities(
    programme: Programme, asker: Asker, when: When, after: Position | None, limit: int
) -> Sequence[Document[Activity]]:
    """Return published activities that are not over, soonest first, or those that have ended, latest first.

    What its organiser ended before its time has ended. Nothing that is over can be among the upcoming ones.
    """
    now = programme.clock.now()
    start, over = "state.plan.starts_at", {"state.plan.ends_at": {"$lte": now}}
    if when is When.PAST:
        ended = [{"state.stage": ActivityStage.COMPLETED}, {"state.stage": ActivityStage.PUBLISHED, **over}]
        where = {"$and": [{start: {"$lte": now}}, {"$or": ended}, LATEST_FIRST.beyond(after)]}
        return await programme.activities.select(where, sort=LATEST_FIRST.sort, limit=limit)
    ahead = {start: {"$gt": not_long_ago(now)}, "state.plan.ends_at": {"$gt": now}}
    seen = [{"state.stage": ActivityStage.PUBLISHED}, *_planned(asker)]
    where = {"$and": [ahead, {"$or": seen}, SOONEST_FIRST.beyond(after)]}
    return await programme.activities.select(where, sort=SOONEST_FIRST.sort, limit=limit)


async def list_mine(
    programme: Programme, asker: Asker, after: Position | None, limit: int
) -> Sequence[Document[Activity]]:
    """Return the activities that the asker organises or signed up for, latest first."""
    person = asker.person_id
    mine = [
        {"state.organiser_id": person},
        {"state.seats.taken.person_id": person},
        {"state.seats.waiting.person_id": person},
    ]
    where = {"$and": [{"$or": mine}, LATEST_FIRST.beyond(after)]}
    return await programme.activities.select(where, sort=LATEST_FIRST.sort, limit=limit)


async def show_code(programme: Programme, asker: Asker, activity_id: str) -> Shown:
    """Return the code to show in the room; refused to whoever signed up."""
    activity = (await show_activity(programme, asker, activity_id)).state
    now = programme.clock.now()
    check(Command.SHOW_CODE, activity, asker, now)
    return Shown(code_at(activity.secret, now), valid_until(now), now)


async def list_attendees(programme: Programme, asker: Asker, activity_id: str) -> Activity:
    """Return the activity with everybody who signed up, for those who run it."""
    activity = (await show_activity(programme, asker, activity_id)).state
    check(Command.LIST_ATTENDEES, activity, asker, programme.clock.now())
    return activity


def _planned(asker: Asker) -> Sequence[Mapping[str, Any]]:
    """Find the drafts that the asker may run."""
    planned = {"state.stage": ActivityStage.PLANNED}
    if asker.manages_all:
        return [planned]
    lies = [*(each for place in asker.scope.places for each in planned_in(place)), *of_units(asker.scope.units)]
    orphaned = [{**planned, "state.organiser_left": True, "$or": lies}] if lies else []
    return [{**planned, "state.organiser_id": asker.person_id}, *orphaned]
