"""What places are: a tree whose ids are dotted paths, so that the depth of an id tells what may stand there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from services.members.creation.domain import CreationKey
from shared.contracts.event import Fact
from shared.contracts.members import PlaceAdded, PlaceType
from shared.contracts.places import is_place_id, parent_of
from shared.refusal import Refusal

MOST_SEATS: Final = 100_000
"""The largest capacity of a place."""

DEPTHS: Final[Mapping[PlaceType, frozenset[int]]] = {
    PlaceType.CAMPUS: frozenset({1}),
    PlaceType.BUILDING: frozenset({2}),
    PlaceType.FLOOR: frozenset({3}),
    PlaceType.ROOM: frozenset({4}),
    PlaceType.VENUE: frozenset({2, 3, 4}),
}
"""How many parts the id of a place of each type may have; a venue stands on a campus, in a building or on a floor."""


class Why(StrEnum):
    """Why a place is refused."""

    TAKEN = "place.taken"
    BAD_ID = "place.bad_id"
    WRONG_DEPTH = "place.wrong_depth"
    UNKNOWN_PARENT = "place.unknown_parent"
    WRONG_PARENT = "place.wrong_parent"
    BAD_CAPACITY = "place.bad_capacity"
    OTHER_TYPE = "place.other_type"


@dataclass(frozen=True, slots=True)
class Place:
    """A place; `capacity` is the number of beds of a room or seats of a venue, None when it is not counted."""

    type: PlaceType
    name: str
    name_en: str
    parent: str | None
    capacity: int | None
    form: CreationKey | None = None


Decision = tuple[Place, Sequence[Fact]]


def check(place_id: str, kind: PlaceType, capacity: int | None, parents: Mapping[str, PlaceType]) -> None:
    """Refuse a place that cannot stand where its id says; `parents` holds the types of the places that are known."""
    if not is_place_id(place_id):
        raise Refusal(Why.BAD_ID, id=place_id)
    if place_id.count(".") + 1 not in DEPTHS[kind]:
        raise Refusal(Why.WRONG_DEPTH, id=place_id, type=kind)
    if capacity is not None and not 0 <= capacity <= MOST_SEATS:
        raise Refusal(Why.BAD_CAPACITY, capacity=capacity)
    parent = parent_of(place_id)
    if parent is None:
        return
    if parent not in parents:
        raise Refusal(Why.UNKNOWN_PARENT, parent=parent)
    if parents[parent] is PlaceType.VENUE:
        raise Refusal(Why.WRONG_PARENT, parent=parent)


def added(place_id: str, place: Place) -> Decision:
    """Return a checked place with the fact that it exists."""
    return place, [_fact(place_id, place)]


def corrected(place_id: str, wanted: Place, place: Place) -> Decision:
    """Correct names and capacity; the same again is no change. Refuses another type: people and areas hang on it."""
    if wanted.type is not place.type:
        raise Refusal(Why.OTHER_TYPE, id=place_id, type=place.type)
    wanted = replace(wanted, form=place.form)
    if wanted == place:
        return place, []
    return wanted, [_fact(place_id, wanted)]


def _fact(place_id: str, place: Place) -> Fact:
    return PlaceAdded.of(place, place_id=place_id)
