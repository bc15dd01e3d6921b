"""How the open requests of people are found."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.requests.legs.domain.fitness import OPEN
from shared.contracts.stages import ENDED, Stage
from shared.store.mongo import Index

INDEX: Final = Index(keys=(("state.requester_id", 1),), partial={"state.requester_left": True})


def with_open_legs_of(people: Sequence[str]) -> Mapping[str, Any]:
    """Return the filter of requests with a leg that one of these people was offered or has taken."""
    leg = {"helper_id": {"$in": list(people)}, "state": {"$in": sorted(state.value for state in OPEN)}}
    return {"state.legs.helper_id": {"$in": list(people), "$gt": ""}, "state.legs": {"$elemMatch": leg}}


def unended_of(people: Sequence[str]) -> Mapping[str, Any]:
    """Return the filter of what these people asked for and what has not ended."""
    stages = [stage.value for stage in Stage if stage not in ENDED]
    return {"state.requester_id": {"$in": list(people)}, "state.stage": {"$in": stages}}


def left_by(people: Sequence[str]) -> Mapping[str, Any]:
    """Return the filter of requests of which it was noted that their requester, one of these, had left."""
    return {"state.requester_id": {"$in": list(people)}, "state.requester_left": True}
