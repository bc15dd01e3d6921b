"""How requests are found: the indexes, and the filters of the lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.requests.casework.domain import Need
from shared.contracts.stages import ENDED, Kind, LegKind, LegState, Stage, Visibility
from shared.keyset import Key, Order, Position
from shared.store.aggregates import KEYS
from shared.store.mongo import Index

NEWEST_FIRST: Final = Order((Key("state.filed_at", datetime, descending=True), Key("_id", str, descending=True)))

INDEXES: Final = (
    Index(keys=((KEYS, 1), *NEWEST_FIRST.sort)),
    Index(keys=(("state.stage", 1), *NEWEST_FIRST.sort)),
    Index(keys=(("state.requester_id", 1), *NEWEST_FIRST.sort)),
    Index(keys=(("state.legs.helper_id", 1), *NEWEST_FIRST.sort), partial={"state.legs.helper_id": {"$gt": ""}}),
    Index(keys=(("state.needs", 1), *NEWEST_FIRST.sort), partial={"state.needs": {"$gt": ""}}),
    Index(keys=(("state.units", 1), ("_id", 1)), partial={"state.units": None}),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of the desk is narrowed to; what is empty or None does not narrow it."""

    stages: tuple[Stage, ...] = ()
    category: str | None = None
    kind: Kind | None = None
    building: str | None = None
    needs: Need | None = None
    overdue: bool | None = None
    q: str | None = None
    people: tuple[str, ...] = ()


def visible(visibilities: Sequence[Visibility]) -> dict[str, Any]:
    """Return the filter of requests of these visibilities."""
    return {"state.visibility": {"$in": [each.value for each in visibilities]}}


def outside(visibilities: Sequence[Visibility]) -> dict[str, Any]:
    """Return the filter of requests of these visibilities that went to an outside system, or are on their way."""
    ways: list[dict[str, Any]] = [
        {"state": {"$ne": LegState.DROPPED.value}},
        {"remote_id": {"$ne": None}},
        {"remote_token": {"$ne": None}},
    ]
    legs = [{"state.legs": {"$elemMatch": {"kind": LegKind.OUTSIDE.value, **way}}} for way in ways]
    return {**visible(visibilities), "$or": legs}


def unended() -> dict[str, Any]:
    """Return the filter of requests that have not ended, by their stages, so that an index finds them."""
    return in_stages([stage for stage in Stage if stage not in ENDED])


def in_stages(stages: Sequence[Stage]) -> dict[str, Any]:
    """Return the filter of requests in these stages."""
    return {"state.stage": {"$in": [each.value for each in stages]}}


def narrowed(wanted: Wanted) -> dict[str, Any]:
    """Return the filter of what is wanted; without stages, of what has not ended, or has the need that is asked for.

    Keys tell by themselves what has not ended, so that only their index serves a search. What has ended may still be
    open outside.
    """
    anywhere: dict[str, Any] = {} if wanted.needs or wanted.q or wanted.people else unended()
    where = in_stages(wanted.stages) if wanted.stages else anywhere
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
    """Return the filter of requests that have a key of each group; see `services.requests.search`."""
    return {"$and": [{KEYS: {"$in": list(group)}} for group in groups]} if groups else {}


def left_outside() -> dict[str, Any]:
    """Return the filter of requests of whatever stage that still have something open outside."""
    return {"state.needs": Need.STILL_OPEN_OUTSIDE.value}


def helped_by(person_id: str, states: Sequence[LegState]) -> dict[str, Any]:
    """Return the filter of requests with a leg of this helper in one of these states."""
    leg = {"helper_id": person_id, "state": {"$in": [each.value for each in states]}}
    return {"state.legs.helper_id": person_id, "state.legs": {"$elemMatch": leg}}


def following(where: Mapping[str, Any], position: Position | None) -> Mapping[str, Any]:
    """Return the filter of what comes after this position in a list, newest first."""
    return where if position is None else {"$and": [dict(where), dict(NEWEST_FIRST.beyond(position))]}


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
