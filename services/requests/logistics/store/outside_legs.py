"""How the legs of outside systems are found again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.requests.casework.store import LONG_AGO
from shared.store.mongo import Index

INDEXES: Final = (
    Index(keys=(("state.legs.id", 1),), partial={"state.legs.kind": "outside"}),
    Index(keys=(("state.legs.remote_id", 1),), partial={"state.legs.kind": "outside"}),
    Index(keys=(("state.poll_at", 1),), partial={"state.poll_at": {"$gt": LONG_AGO}}),
)


def find_by_leg(leg_id: str) -> Mapping[str, Any]:
    """Return the filter of the request that has this outside leg."""
    return {"state.legs.kind": "outside", "state.legs.id": leg_id}


def find_by_number(system: str, remote_id: str) -> Mapping[str, Any]:
    """Return the filter of the request that has a leg under this number of the outside system."""
    leg = {"kind": "outside", "system": system, "remote_id": remote_id}
    return {"state.legs.kind": "outside", "state.legs.remote_id": remote_id, "state.legs": {"$elemMatch": leg}}


def silent_since(moment: datetime) -> Mapping[str, Any]:
    """Return the filter of requests with an outside leg that was neither heard nor asked since this moment."""
    return {"state.poll_at": {"$gt": LONG_AGO, "$lte": moment}}
