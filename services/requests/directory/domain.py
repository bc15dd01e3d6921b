"""A person as this service knows them."""

from dataclasses import dataclass

from shared.contracts.members import Role


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody of the community: an id, the room if they have one, and the roles; `departed` when they have left.

    `roles` is None for somebody who was heard of before roles were kept.
    """

    id: str
    place: str | None
    roles: frozenset[Role] | None = None
    departed: bool = False
