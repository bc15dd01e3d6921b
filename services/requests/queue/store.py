"""What the queue is narrowed to, as filters and as an aggregation that counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.requests.casework.domain.request import Need
from services.requests.casework.store import in_stages, unended, visible
from services.requests.queue.domain import QueueFilter
from shared.contracts.stages import LegKind, LegState, Visibility
from shared.store.aggregates import KEYS


def outside(visibilities: Sequence[Visibility]) -> dict[str, Any]:
    """Return the filter of requests of these visibilities that went to an outside system, or are on their way."""
    ways: list[dict[str, Any]] = [
        {"state": {"$ne": LegState.DROPPED.value}},
        {"remote_id": {"$ne": None}},
        {"remote_token": {"$ne": None}},
    ]
    legs = [{"state.legs": {"$elemMatch": {"kind": LegKind.OUTSIDE.value, **way}}} for way in ways]
    return {**visible(visibilities), "$or": legs}


def narrowed(wanted: QueueFilter) -> dict[str, Any]:
    """Return the filter of what is wanted; without stages, of what has not ended, or has the need that is asked for.

    Keys tell by themselves what has not ended, so that only their index serves a search. What has ended may still be
    open outside.
    """
    anywhere: dict[str, Any] = {} if wanted.needs or wanted.q or wanted.person else unended()
    where = in_stages(wanted.stage) if wanted.stage else anywhere
    cells: Mapping[str, Any] = {
        "state.category": wanted.category,
        "state.kind": wanted.kind.value if wanted.kind else None,
        "state.building": wanted.building,
        "state.needs": wanted.needs.value if wanted.needs else None,
        "state.overdue": wanted.overdue,
    }
    where.update({name: value for name, value in cells.items() if value is not None})
    return where


def found_by(groups: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return the filter of requests that have a key of each group; see `casework.domain.search`."""
    return {"$and": [{KEYS: {"$in": list(group)}} for group in groups]} if groups else {}


def left_outside() -> dict[str, Any]:
    """Return the filter of requests of whatever stage that still have something open outside."""
    return {"state.needs": Need.STILL_OPEN_OUTSIDE.value}


def count_pipeline(where: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the aggregation that counts the requests that match, by stage and by need, and the overdue ones."""

    def by(field: str) -> list[Mapping[str, Any]]:
        return [{"$group": {"_id": field, "n": {"$sum": 1}}}]

    return [
        {"$match": dict(where)},
        {
            "$facet": {
                "stages": by("$state.stage"),
                "needs": [{"$unwind": "$state.needs"}, *by("$state.needs")],
                "overdue": [{"$match": {"state.overdue": True}}, {"$group": {"_id": "overdue", "n": {"$sum": 1}}}],
            }
        },
    ]
