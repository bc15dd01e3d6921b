"""How activities are found: their indexes, and the questions that the indexes answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from services.activities.programme.domain.activity import FORGOTTEN, LIVE
from services.activities.programme.domain.plan import LONGEST
from shared.contracts.activities import ActivityStage
from shared.keyset import Key, Order
from shared.store.mongo import Index

ACTIVITIES: Final = "activities"
_PUBLISHED: Final = {"state.stage": ActivityStage.PUBLISHED.value}
SOONEST_FIRST: Final = Order((Key("state.plan.starts_at", datetime), Key("_id", str)))
LATEST_FIRST: Final = Order(tuple(replace(key, descending=True) for key in SOONEST_FIRST.keys))
INDEXES: Final = (
    Index(keys=(("state.plan.starts_at", 1), ("_id", 1))),
    Index(keys=(("state.organiser_id", 1), ("state.plan.starts_at", -1))),
    Index(keys=(("state.seats.taken.person_id", 1), ("state.plan.starts_at", -1))),
    Index(keys=(("state.seats.waiting.person_id", 1), ("state.plan.starts_at", -1))),
    Index(keys=(("state.plan.place", 1), ("state.plan.starts_at", -1))),
    Index(keys=(("state.plan.ends_at", 1),), partial=_PUBLISHED),
)


def published_before(moment: datetime) -> Mapping[str, Any]:
    """Find what is published and ended by this moment."""
    return {**_PUBLISHED, "state.plan.ends_at": {"$lte": moment}}


def planned_at(place: str, now: datetime) -> Mapping[str, Any]:
    """Find what is to take place somewhere and is not over."""
    return {"state.plan.place": place, **_live(now), "state.plan.ends_at": {"$gt": now}}


def organised_by(people: Sequence[str], now: datetime) -> Mapping[str, Any]:
    """Find what these people have planned that is still to be run or completed."""
    return {"state.organiser_id": {"$in": list(people)}, **_live(now)}


def signed_up_for(people: Sequence[str], now: datetime) -> Mapping[str, Any]:
    """Find what one of these people has a seat in, or waits for, that is not over."""
    anybody = {"$in": list(people)}
    signed = [{"state.seats.taken.person_id": anybody}, {"state.seats.waiting.person_id": anybody}]
    return {"$and": [{"$or": signed}, {**_live(now), "state.plan.ends_at": {"$gt": now}}]}


def not_long_ago(now: datetime) -> datetime:
    """Return the earliest start of anything that is not over, or not completed yet."""
    return now - LONGEST - FORGOTTEN - FORGOTTEN


def _live(now: datetime) -> Mapping[str, Any]:
    live = [stage.value for stage in ActivityStage if stage in LIVE]
    return {"state.stage": {"$in": live}, "state.plan.starts_at": {"$gt": not_long_ago(now)}}


def planned_in(place: str) -> tuple[Mapping[str, Any], ...]:
    """Return the ways to lie in a place: to be planned there, or in what lies in it (`/` is the sign after `.`)."""
    return {"state.plan.place": place}, {"state.plan.place": {"$gt": f"{place}.", "$lt": f"{place}/"}}


def of_units(units: Collection[str]) -> tuple[Mapping[str, Any], ...]:
    """Return the way to be planned for one of these units, if there are any."""
    return ({"state.plan.unit_id": {"$in": sorted(units)}},) if units else ()
