"""The person who acts, as their token tells."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.contracts.members import Role
from shared.contracts.scope import Scope, scope_of


@dataclass(frozen=True, slots=True)
class Session:
    """What a token hangs on: its own id, and the numbers that the person's standing and account had at the signing."""

    id: str
    person_id: str
    standing: int
    account: int
    expires_at: datetime
    keys: tuple[tuple[str, int], ...] = field(init=False, repr=False)
    """The keys under which it may be ended, each with its number."""

    def __post_init__(self) -> None:
        """Make the keys once: they are looked up at every call."""
        keys = (
            (f"session:{self.id}", 0),
            (f"person:{self.person_id}", self.standing),
            (f"account:{self.person_id}", self.account),
        )
        object.__setattr__(self, "keys", keys)


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person: id, display name, roles, the place where they live, their units, and by which session.

    `duty` are the places that they work for.
    """

    id: str
    name: str
    roles: frozenset[Role]
    place: str | None = None
    units: tuple[str, ...] = ()
    session: Session | None = field(default=None, compare=False, repr=False)
    username: str | None = field(default=None, compare=False, repr=False)
    """The account name, for what the person is found by; None in tokens that were signed before it was told."""
    duty: tuple[str, ...] = ()

    def has(self, *roles: Role) -> bool:
        """Tell whether the actor has one of these roles."""
        return not self.roles.isdisjoint(roles)

    def scope(self, *roles: Role) -> Scope:
        """Return where those of these roles that the actor has hold; without any, where all of their roles do."""
        return scope_of(self.roles.intersection(roles) if roles else self.roles, self.duty, self.units)
