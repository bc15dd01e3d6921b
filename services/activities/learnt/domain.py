"""A person as this service knows them."""

from dataclasses import dataclass


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
