"""The part of the community that a figure is asked for. Places, kind and category narrow both of its sides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.contracts.places import building_of, floor_of
from shared.contracts.stages import Kind

Class = tuple[Kind, str]
"""The kind and the category of a record."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What to narrow a figure to, None for no narrowing.

    `since` and `until` (not included) narrow only what is counted, by the moment with which the figure dates it.
    """

    building: str | None = None
    floor: str | None = None
    kind: Kind | None = None
    category: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def placed(self) -> bool:
        """Tell whether it names a place."""
        return self.building is not None or self.floor is not None

    @property
    def classed(self) -> bool:
        """Tell whether it names a kind or a category."""
        return self.kind is not None or self.category is not None

    @property
    def timed(self) -> bool:
        """Tell whether it names a span of time."""
        return self.since is not None or self.until is not None

    def holds_place(self, place: str | None) -> bool:
        """Tell whether what belongs to this place belongs to the scope's building and floor."""
        return (self.building is None or inside(place, self.building)) and (
            self.floor is None or (place is not None and floor_of(place) == self.floor)
        )

    def holds_class(self, kind: Kind, category: str) -> bool:
        """Tell whether it asks for records of this kind and category."""
        return self.kind in {None, kind} and self.category in {None, category}

    def holds_moment(self, at: datetime | None) -> bool:
        """Tell whether the moment lies in its span; a record without a moment lies in none."""
        if not self.timed:
            return True
        return at is not None and (self.since is None or self.since <= at) and (self.until is None or at < self.until)


EVERYTHING: Final = Scope()
"""The whole community, for all of its time."""


def building_or_place(place: str) -> str:
    """Return the building that a place belongs to; what belongs to none stands under its own place."""
    return building_of(place) or place


def inside(place: str | None, building: str) -> bool:
    """Tell whether the place belongs to the building."""
    return place is not None and building_or_place(place) == building
