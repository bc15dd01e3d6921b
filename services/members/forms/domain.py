"""What a form is: who filled it in under which key, and what it said, without saying it again."""

from dataclasses import dataclass
from enum import StrEnum

from shared.ids import derive_id
from shared.refusal import Refusal


class Why(StrEnum):
    """Why a form is refused."""

    KEY_REUSED = "http.idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Form:
    """The form that a thing was made by: `id` follows from kind, actor and key, `fingerprint` from what it said."""

    id: str
    fingerprint: str


def form_of(kind: str, actor_id: str, key: str, *said: str) -> Form:
    """Return the form of this kind that the actor filled in under the key, and that said this."""
    return Form(derive_id("form", kind, actor_id, key), derive_id(*said))


def recognise(known: Form | None, form: Form, taken: Refusal) -> None:
    """Let through a thing that this form made; else raise `taken`, or that its key was used for something else."""
    if known == form:
        return
    if known is not None and known.id == form.id:
        raise Refusal(Why.KEY_REUSED)
    raise taken
