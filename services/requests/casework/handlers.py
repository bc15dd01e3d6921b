"""Load, decide, commit: what every command about a request shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.requests.casework.domain import Ask, Caller, Request, Why
from services.requests.learnt.domain import Resident
from services.requests.story.domain import Decision
from shared.auth.actor import Actor
from shared.clock import Clock
from shared.ids import new_id
from shared.refusal import Refusal
from shared.store.document import Because, Document, Documents, Terms, change

Decide = Callable[[Request, Ask], Decision]


class Learnt(Protocol):
    """What was learnt from `members`."""

    async def knows_place(self, place: str) -> bool:
        """Tell whether the place exists."""
        ...

    async def resident(self, person_id: str) -> Resident | None:
        """Return the person, or None when they are unknown or have left."""
        ...


@dataclass(frozen=True, slots=True)
class Casework:
    """The rooms of the requests: where they are kept, the time, the named readers, and the outside system's id."""

    documents: Documents[Request]
    learnt: Learnt
    clock: Clock
    readers: frozenset[str]
    system: str

    def caller(self, actor: Actor) -> Caller:
        """Return the signed-in person as the domain sees them."""
        return Caller(actor.id, actor.roles, reader=actor.id in self.readers)

    def ask(self, actor: Actor) -> Ask:
        """Return a question of this person, asked now."""
        return Ask(self.caller(actor), self.clock.now())


async def decide_for_person(
    casework: Casework, actor: Actor, request_id: str, decide: Decide, terms: Terms
) -> Document[Request]:
    """Let a person's command change a request; the same command again is answered with the request as it is.

    Refuses an unknown request, a stale version, and what `decide` refuses.
    """
    ask = casework.ask(actor)
    because = Because.command(actor.id, new_id(), ask.at, correlation=request_id, terms=terms)
    document = await change(
        casework.documents, request_id, lambda state: decide(state, ask), because, expect_version=terms.expect
    )
    if document is None:
        raise Refusal(Why.NOT_FOUND)
    return document


async def decide_because(casework: Casework, request_id: str, decide: Decide, because: Because) -> Document[Request]:
    """Let something heard, or time, change a request; refuses an unknown request and what `decide` refuses."""
    ask = Ask(Caller(because.actor), because.at)
    document = await change(casework.documents, request_id, lambda state: decide(state, ask), because)
    if document is None:
        raise Refusal(Why.NOT_FOUND)
    return document
