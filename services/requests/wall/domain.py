"""What the wall shows of a request and in which column, and which open requests are told of before another is filed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.requests.casework.domain.permissions import VIEWERS, permissions_of
from services.requests.casework.domain.request import Ask, Caller, Command, Request
from shared.contracts.places import room_of
from shared.contracts.stages import Stage, Visibility


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


MOST_SHOWN = 5
"""The most requests that are shown: the form is still what people came for."""


def visibilities_told(caller: Caller, home: str | None, place: str) -> frozenset[Visibility]:
    """Return the visibilities of other people's requests that the caller is told of.

    Those that their role sees there anyway, and what is public. What hides its requester's name is told for places that
    many share and to those who live in the room: the room alone would name the requester to anybody else. What is
    sealed is told to nobody, also not to its readers: somebody may look over their shoulder while they fill in a form.
    """
    by_role = {each for each in Visibility if caller.scope(VIEWERS[each]).holds_place(place)}
    everybody = {Visibility.PUBLIC} if room_of(place) and place != home else {Visibility.PUBLIC, Visibility.MASKED}
    return frozenset((by_role | everybody) - {Visibility.SEALED})
