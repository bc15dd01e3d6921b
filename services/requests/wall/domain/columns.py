"""What the wall shows of a request, and in which of its columns."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.requests.casework.domain.permissions import permissions_of
from services.requests.casework.domain.request import Ask, Command, Request
from shared.contracts.stages import Stage


class Column(StrEnum):
    """The columns of the wall."""

    WAITING = "waiting"
    HELPED = "helped"
    FULFILLED = "fulfilled"


STAGES_OF: Final[Mapping[Column, tuple[Stage, ...]]] = {
    Column.WAITING: (Stage.TRIAGED, Stage.MATCHING),
    Column.HELPED: (Stage.ASSIGNED, Stage.IN_PROGRESS, Stage.RESOLVED),
    Column.FULFILLED: (Stage.CLOSED_CONFIRMED,),
}
"""The stages of the requests in each column; what waits for its requester's sake or ended otherwise is not shown."""


def claimable_leg(request: Request, ask: Ask) -> str | None:
    """Return the id of a leg that the caller may claim now, or None."""
    on_legs = permissions_of(request, ask).on_legs
    return next((leg_id for leg_id, may in on_legs.items() if Command.CLAIM in may), None)
