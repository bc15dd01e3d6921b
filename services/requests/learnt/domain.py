"""A person as this service knows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody of the community: an id, and the room if they have one."""

    id: str
    place: str | None
