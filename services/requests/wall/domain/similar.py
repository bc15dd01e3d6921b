"""Which open requests somebody is told of before they file one of the same kind for the same place."""

from services.requests.casework.domain.permissions import VIEWERS
from services.requests.casework.domain.request import Caller
from shared.contracts.places import room_of
from shared.contracts.stages import Visibility

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
