"""A place and a person as this service knows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Venue:
    """What is known of the place: `seats` is None where nobody counted them; `shared` when several fit at a time.

    A hall or a room holds one activity at a time; a floor, a building or a campus any number.
    """

    seats: int | None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the community: whether they have left it, and whether their roles let them organise."""

    id: str
    left: bool
    organises: bool

    @property
    def can_run(self) -> bool:
        """Tell whether they can still run what they have planned."""
        return self.organises and not self.left
