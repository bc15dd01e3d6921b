"""Load, decide, commit: what every command about a request shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec

from services.requests.casework.domain.change import Decision
from services.requests.casework.domain.permissions import may_know_of, sees
from services.requests.casework.domain.repetition import Given, is_done
from services.requests.casework.domain.request import Ask, Caller, Command, Request, Why
from services.requests.directory.store import Directory
from shared.auth.actor import Actor
from shared.clock import Clock
from shared.contracts.stages import Visibility
from shared.refusal import Refusal, found
from shared.store.commands import execute
from shared.store.document import Because, Document, Documents, Terms, change

P = ParamSpec("P")
Decide = Callable[[Request, Ask], Decision]


@dataclass(frozen=True, slots=True)
class Casework:
    """The rooms of the requests: where they are kept, the time, and the outside system's id."""

    documents: Documents[Request]
    directory: Directory
    clock: Clock
    system: str

    def caller(self, actor: Actor) -> Caller:
        """Return the signed-in person as the domain sees them."""
        return Caller(actor.id, actor.roles, actor.duty, actor.units)

    def ask(self, actor: Actor) -> Ask:
        """Return a question of this person, asked now."""
        return Ask(self.caller(actor), self.clock.now())

    async def give(
        self,
        actor: Actor,
        request_id: str,
        terms: Terms,
        command: Command,
        decide: Callable[Concatenate[Request, Ask, P], Decision],
        *args: P.args,
        **words: P.kwargs,
    ) -> Document[Request]:
        """Let a person's command change a request; the same command again is answered with the request as it is.

        Say all that it says by name, as `decide` calls it: the names tell a repetition from another command. Refuses an
        unknown request, one that the person may not know of (whatever they ask of it, and before anything else of it
        shows), a stale version, and what `decide` refuses.
        """
        leg_id = words.get("leg_id")
        given = Given(command, leg_id if isinstance(leg_id, str) else None, words)
        once = _Once(given, lambda request, ask: decide(request, ask, *args, **words))
        ask = self.ask(actor)
        document = await execute(self.documents, request_id, once, ask, terms)
        hidden = document.state.visibility is Visibility.SEALED and not sees(document.state, ask.caller)
        if once.repeated and hidden:
            raise Refusal(Why.NOT_YOURS)
        return document


class _Once:
    """A person's command as the store carries it out: what is done already is not done again."""

    def __init__(self, given: Given, decide: Decide) -> None:
        self._given = given
        self._decide = decide
        self.repeated = True

    def decide(self, request: Request, ask: Ask) -> Decision:
        self.repeated = False
        return self._decide(request, ask)

    def is_done(self, request: Request, ask: Ask) -> bool:
        if is_done(request, ask, self._given):
            return True
        if not may_know_of(request, ask.caller):
            raise Refusal(Why.NOT_YOURS)
        return False


async def decide_because(casework: Casework, request_id: str, decide: Decide, because: Because) -> Document[Request]:
    """Let something heard, or time, change a request; refuses an unknown request and what `decide` refuses."""
    ask = Ask(Caller(because.actor), because.at)
    return found(await change(casework.documents, request_id, lambda state: decide(state, ask), because))
