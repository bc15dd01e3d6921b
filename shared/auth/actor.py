"""The person who acts, as their token tells."""

from dataclasses import dataclass

from shared.contracts.members import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person: id, display name, roles, the place where they live, and their units."""

    id: str
    name: str
    roles: frozenset[Role]
    place: str | None = None
    units: tuple[str, ...] = ()

    def has(self, *roles: Role) -> bool:
        """Tell whether the actor has one of these roles."""
        return not self.roles.isdisjoint(roles)
