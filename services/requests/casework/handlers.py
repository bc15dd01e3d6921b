"""Load, decide, commit: what every command about a request shares."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.requests.allowed.domain import may_know_of, sees
from services.requests.casework.domain import Ask, Caller, Request, Why
from services.requests.learnt.domain import Resident
from services.requests.repeats.domain import Said, is_done
from services.requests.story.domain import Decision
from shared.auth.actor import Actor
from shared.clock import Clock
from shared.contracts.stages import Visibility
from shared.ids import new_id
from shared.refusal import Refusal
from shared.store.document import Because, Document, Documents, Terms, change

Decide = Callable[[Request, Ask], Decision]


class Learnt(Protocol):
    """What was learnt from `members`."""

    async def knows_place(self, place: str) -> bool:
        """Tell whether the place exists."""
        ...

    async def address(self, place: str) -> str:
        """Return the place as people read it."""
        ...

    async def called(self, word: str) -> list[str]:
        """Return the ids of a few places that have this folded word in their name."""
        ...

    async def belongs(self, person_id: str, told: Sequence[str]) -> tuple[str, ...] | None:
        """Return the units of the person (those `told`, if any) and all above them; None when that is not known yet."""
        ...

    async def resident(self, person_id: str) -> Resident | None:
        """Return the person, or None when they are unknown or have left."""
        ...

    async def known(self, person_ids: Iterable[str]) -> Mapping[str, Resident]:
        """Return those of these people who were ever heard of, also those who have left."""
        ...


@dataclass(frozen=True, slots=True)
class Casework:
    """The rooms of the requests: where they are kept, the time, and the outside system's id."""

    documents: Documents[Request]
    learnt: Learnt
    clock: Clock
    system: str

    def caller(self, actor: Actor) -> Caller:
        """Return the signed-in person as the domain sees them."""
        return Caller(actor.id, actor.roles, actor.duty, actor.units)

    def ask(self, actor: Actor) -> Ask:
        """Return a question of this person, asked now."""
        return Ask(self.caller(actor), self.clock.now())


async def decide_for_person(
    casework: Casework, actor: Actor, request_id: str, decide: Decide, terms: Terms, said: Said
) -> Document[Request]:
    """Let a person's command change a request; the same command again is answered with the request as it is.

    Refuses an unknown request, one that the person may not know of (whatever they ask of it, and before anything else
    of it shows), a stale version, and what `decide` refuses.
    """
    ask = casework.ask(actor)
    because = Because.command(actor.id, new_id(), ask.at, correlation=request_id, terms=terms)
    repeated = True

    def decide_now(state: Request) -> Decision:
        nonlocal repeated
        repeated = False
        return decide(state, ask)

    def done(state: Request) -> bool:
        if is_done(state, ask, said):
            return True
        if not may_know_of(state, ask.caller):
            raise Refusal(Why.NOT_YOURS)
        return False

    document = await change(
        casework.documents, request_id, decide_now, because, expect_version=terms.expect, is_done=done
    )
    if document is None:
        raise Refusal(Why.NOT_FOUND)
    if repeated and document.state.visibility is Visibility.SEALED and not sees(document.state, ask.caller):
        raise Refusal(Why.NOT_YOURS)
    return document


async def decide_because(casework: Casework, request_id: str, decide: Decide, because: Because) -> Document[Request]:
    """Let something heard, or time, change a request; refuses an unknown request and what `decide` refuses."""
    ask = Ask(Caller(because.actor), because.at)
    document = await change(casework.documents, request_id, lambda state: decide(state, ask), because)
    if document is None:
        raise Refusal(Why.NOT_FOUND)
    return document
