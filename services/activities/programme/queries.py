"""Questions about activities."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.activities.programme.domain.activity import Activity, Ask, Asker, is_seen
from services.activities.programme.domain.code import code_at, valid_until
from services.activities.programme.domain.permitted import Command, check
from services.activities.programme.handlers.commands import Programme
from services.activities.programme.store import LATEST_FIRST, SOONEST_FIRST, not_long_ago, of_units, planned_in
from shared.contracts.activities import ActivityStage
from shared.contracts.model import Model
from shared.keyset import PageQuery, Slice
from shared.refusal import found
from shared.store.document import Document


class When(StrEnum):
    """Which activities a list shows."""

    UPCOMING = "upcoming"
    PAST = "past"


class CodeView(Model):
    """The code to show in the room, until the next one follows; `now` is the time of the service's clock."""

    code: str
    valid_until: datetime
    now: datetime


async def show_activity(programme: Programme, ask: Ask, activity_id: str) -> Document[Activity]:
    """Return an activity; one that is only planned exists for nobody but those who run it."""
    document = found(await programme.activities.load(activity_id))
    return found(document if is_seen(document.state, ask.asker) else None)


async def list_activities(programme: Programme, ask: Ask, when: When, page: PageQuery) -> Slice[Document[Activity]]:
    """Return published activities that are not over, soonest first, or those that have ended, latest first.

    What its organiser ended before its time has ended. Nothing that is over can be among the upcoming ones.
    """
    now, select = ask.at, programme.activities.select
    start, over = "state.plan.starts_at", {"state.plan.ends_at": {"$lte": now}}
    if when is When.PAST:
        ended = [{"state.stage": ActivityStage.COMPLETED}, {"state.stage": ActivityStage.PUBLISHED, **over}]
        return await LATEST_FIRST.page(select, {start: {"$lte": now}, "$or": ended}, page)
    ahead = {start: {"$gt": not_long_ago(now)}, "state.plan.ends_at": {"$gt": now}}
    seen = [{"state.stage": ActivityStage.PUBLISHED}, *_planned(ask.asker)]
    return await SOONEST_FIRST.page(select, {**ahead, "$or": seen}, page)


async def list_mine(programme: Programme, ask: Ask, page: PageQuery) -> Slice[Document[Activity]]:
    """Return the activities that the asker organises or signed up for, latest first."""
    fields = ("organiser_id", "seats.taken.person_id", "seats.waiting.person_id")
    mine = {"$or": [{f"state.{field}": ask.actor_id} for field in fields]}
    return await LATEST_FIRST.page(programme.activities.select, mine, page)


async def show_code(programme: Programme, ask: Ask, activity_id: str) -> CodeView:
    """Return the code to show in the room; refused to whoever signed up."""
    activity = (await show_activity(programme, ask, activity_id)).state
    check(Command.SHOW_CODE, activity, ask)
    return CodeView(code=code_at(activity.secret, ask.at), valid_until=valid_until(ask.at), now=ask.at)


async def list_attendees(programme: Programme, ask: Ask, activity_id: str) -> Activity:
    """Return the activity with everybody who signed up, for those who run it."""
    activity = (await show_activity(programme, ask, activity_id)).state
    check(Command.LIST_ATTENDEES, activity, ask)
    return activity


def _planned(asker: Asker) -> Sequence[Mapping[str, Any]]:
    """Find the drafts that the asker may run."""
    planned = {"state.stage": ActivityStage.PLANNED}
    if asker.manages_all:
        return [planned]
    lies = [*(each for place in asker.scope.places for each in planned_in(place)), *of_units(asker.scope.units)]
    orphaned = [{**planned, "state.organiser_left": True, "$or": lies}] if lies else []
    return [{**planned, "state.organiser_id": asker.person_id}, *orphaned]
