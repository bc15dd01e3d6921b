"""For whom and where a member of staff works: what their roles allow holds within it, and nowhere else.

The one place where that is decided; every list and every object of every service asks here.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from shared.contracts.members import Role
from shared.contracts.places import WHOLE, holds

EVERYWHERE: Final = frozenset({Role.ADMIN, Role.LEADER})
"""The roles that work for the whole community."""
BY_PLACE: Final = frozenset({Role.DESK, Role.LOGISTICS, Role.COUNSELLOR, Role.SECRETARY})
"""The roles that work for their duty places and for what lies in them."""
BY_UNIT: Final = frozenset({Role.COUNSELLOR, Role.SECRETARY})
"""The roles that work for the people of their units too, and of the units below them, wherever these live."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where roles hold: everywhere, or in these places and for the people of these units; empty means nowhere."""

    everywhere: bool = False
    places: tuple[str, ...] = ()
    units: frozenset[str] = frozenset()

    @property
    def nowhere(self) -> bool:
        """Tell whether it holds nothing at all."""
        return not (self.everywhere or self.places or self.units)

    def holds_place(self, place: str | None) -> bool:
        """Tell whether the place lies in it."""
        return self.everywhere or (place is not None and any(holds(outer, place) for outer in self.places))

    def holds(self, place: str | None, units: Collection[str] = ()) -> bool:
        """Tell whether something lies in it: by its place, or by the units of the person whom it concerns.

        `units` are those that the person belongs to and all units above them.
        """
        return self.holds_place(place) or not self.units.isdisjoint(units)

    def inside(self, place: str) -> "Scope":
        """Return what of it may lie in the place: the parts of the place that it holds, and its units as they are."""
        if self.holds_place(place):
            return Scope(places=(place,), units=self.units)
        return Scope(places=tuple(inner for inner in self.places if holds(place, inner)), units=self.units)


def scope_of(roles: Iterable[Role], duty: Iterable[str], units: Iterable[str]) -> Scope:
    """Return where these roles of one person hold, by the places that they work for and the units that they are in.

    Whoever asks for a right names only the roles that give it: somebody who is a leader too does not handle for the
    desk everywhere. Staff without duty and without units work for nothing; `*` among
    the duty places stands for all.
    """
    held, places = frozenset(roles), tuple(dict.fromkeys(duty))
    if held & EVERYWHERE or (held & BY_PLACE and WHOLE in places):
        return Scope(everywhere=True)
    return Scope(
        places=places if held & BY_PLACE else (),
        units=frozenset(units) if held & BY_UNIT else frozenset(),
    )
