"""Which call made a thing: who, under which idempotency key, and what the call said, without saying it again."""

from dataclasses import dataclass
from enum import StrEnum

from shared.ids import derive_id


class Why(StrEnum):
    """Why a creation is refused."""

    KEY_REUSED = "http.idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class CreationKey:
    """The call that made a thing: `id` follows from kind, actor and key, `fingerprint` from what it said."""

    id: str
    fingerprint: str


def creation_key(kind: str, actor_id: str, key: str, *said: str) -> CreationKey:
    """Return the key of a creation of this kind by the actor, that said this."""
    return CreationKey(derive_id("form", kind, actor_id, key), derive_id(*said))
