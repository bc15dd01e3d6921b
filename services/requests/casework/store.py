"""How requests are found: the indexes, and the filters of the lists."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from shared.contracts.stages import ENDED, LegState, Stage, Visibility
from shared.keyset import Key, Order
from shared.store.aggregates import KEYS
from shared.store.mongo import Index

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Before every moment that is kept: a partial index on a moment says that there is one."""

NEWEST_FIRST: Final = Order((Key("state.filed_at", datetime, descending=True), Key("_id", str, descending=True)))

INDEXES: Final = (
    Index(keys=((KEYS, 1), *NEWEST_FIRST.sort)),
    Index(keys=(("state.stage", 1), *NEWEST_FIRST.sort)),
    Index(keys=(("state.requester_id", 1), *NEWEST_FIRST.sort)),
    Index(keys=(("state.legs.helper_id", 1), *NEWEST_FIRST.sort), partial={"state.legs.helper_id": {"$gt": ""}}),
    Index(keys=(("state.needs", 1), *NEWEST_FIRST.sort), partial={"state.needs": {"$gt": ""}}),
    Index(keys=(("state.units", 1), ("_id", 1)), partial={"state.units": None}),
)


def visible(visibilities: Sequence[Visibility]) -> dict[str, Any]:
    """Return the filter of requests of these visibilities."""
    return {"state.visibility": {"$in": [each.value for each in visibilities]}}


def unended() -> dict[str, Any]:
    """Return the filter of requests that have not ended, by their stages, so that an index finds them."""
    return in_stages([stage for stage in Stage if stage not in ENDED])


def in_stages(stages: Sequence[Stage]) -> dict[str, Any]:
    """Return the filter of requests in these stages."""
    return {"state.stage": {"$in": [each.value for each in stages]}}


def helped_by(person_id: str, states: Sequence[LegState]) -> dict[str, Any]:
    """Return the filter of requests with a leg of this helper in one of these states."""
    leg = {"helper_id": person_id, "state": {"$in": [each.value for each in states]}}
    return {"state.legs.helper_id": person_id, "state.legs": {"$elemMatch": leg}}
