"""Place ids: a dotted path `campus.building.floor.room`, so that the ancestors of a place are known without asking."""

import re
from typing import Annotated, Final

from pydantic import StringConstraints

PLACE_PATTERN: Final = r"^[a-z0-9][a-z0-9-]{0,23}(\.[a-z0-9][a-z0-9-]{0,23}){0,3}$"
_PLACE: Final = re.compile(PLACE_PATTERN)
_BUILDING, _FLOOR, _ROOM = 2, 3, 4

PlaceId = Annotated[str, StringConstraints(pattern=PLACE_PATTERN, max_length=99)]

WHOLE: Final = "*"
"""Stands among the places that somebody works for, and for all places there are and will be."""
DutyPlace = Annotated[str, StringConstraints(pattern=rf"^\*$|{PLACE_PATTERN}", max_length=99)]


def is_place_id(text: str) -> bool:
    """Tell whether the text is a well-formed place id (it may still name no known place)."""
    return _PLACE.fullmatch(text) is not None


def ancestors(place: str) -> tuple[str, ...]:
    """Return the place and everything that holds it, narrowest first: room, floor, building, campus."""
    parts = place.split(".")
    return tuple(".".join(parts[:n]) for n in range(len(parts), 0, -1))


def parent_of(place: str) -> str | None:
    """Return the place that directly holds this one, or None for a campus."""
    return place.rpartition(".")[0] or None


def _at(place: str, depth: int) -> str | None:
    parts = place.split(".")
    return ".".join(parts[:depth]) if len(parts) >= depth else None


def campus_of(place: str) -> str:
    """Return the campus that holds the place."""
    return place.split(".", 1)[0]


def building_of(place: str) -> str | None:
    """Return the building that holds the place, or None when the place is a campus."""
    return _at(place, _BUILDING)


def floor_of(place: str) -> str | None:
    """Return the floor that holds the place, or None when the place is wider than a floor."""
    return _at(place, _FLOOR)


def room_of(place: str) -> str | None:
    """Return the room, or None when the place is wider than a room."""
    return _at(place, _ROOM)


def holds(outer: str, inner: str) -> bool:
    """Tell whether `outer` is `inner` or one of its ancestors."""
    return inner == outer or inner.startswith(outer + ".")
