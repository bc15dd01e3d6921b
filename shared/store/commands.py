"""What handlers do with a document, each job in one way: carry out a command, make a thing once, change or begin one.

A command that only asks a domain needs no handler of its own: the route names it,
`execute(documents, id, Cancel(reason), ask, terms)`. Whatever is needed beside the document (a look-up, a booking) is
fetched by a handler before.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeAlias, TypeVar

from shared.contracts.event import Fact
from shared.ids import new_id
from shared.refusal import Refusal, found
from shared.store.document import Because, Conflict, Created, Document, Documents, Terms, change

S = TypeVar("S")

Decided: TypeAlias = tuple[S, Sequence[Fact]]
"""What a decision comes to: the state afterwards, and the facts to tell."""
KEY_REUSED: Final = "http.idempotency_key_reused"
ANY_TERMS: Final = Terms()


class Asking(Protocol):
    """Who asks, and when; a service's own `Ask` knows more of them."""

    @property
    def actor_id(self) -> str:
        """The id of whoever asks."""
        ...

    @property
    def at(self) -> datetime:
        """When they ask."""
        ...


A = TypeVar("A", bound=Asking)
A_contra = TypeVar("A_contra", contravariant=True)


class Command(Protocol[S, A_contra]):
    """What somebody asks of a thing that exists, with all that they say: a frozen class of a `domain`."""

    def decide(self, state: S, ask: A_contra, /) -> Decided[S]:
        """Return what comes of it, or refuse."""
        ...

    def is_done(self, state: S, ask: A_contra, /) -> bool:
        """Tell whether this very person's same command brought the thing to where it is: nothing is left to do."""
        ...


def _exists(_state: object, _ask: object) -> bool:
    return True


async def execute(
    documents: Documents[S],
    document_id: str,
    command: Command[S, A],
    ask: A,
    terms: Terms = ANY_TERMS,
    *,
    exists: Callable[[S, A], bool] = _exists,
) -> Document[S]:
    """Let a person's command change a document; the same again is answered with the document as it is.

    Refuses what there is not (what does not `exists` for whoever asks, they do not learn of), a stale version, a key
    that came with another command, and what `command` refuses.
    """

    def is_done(state: S) -> bool:
        found(state if exists(state, ask) else None)
        return command.is_done(state, ask)

    because = Because.command(ask.actor_id, new_id(), ask.at, terms=terms)
    document = await change(
        documents,
        document_id,
        lambda state: command.decide(state, ask),
        because,
        expect_version=terms.expect,
        is_done=is_done,
    )
    return found(document)


async def create_once(
    make: Callable[[], Awaitable[Created[S]]],
    *,
    is_same: Callable[[S], bool],
    find: Callable[[], Awaitable[Document[S] | None]] | None = None,
) -> Created[S]:
    """Make a thing once by an idempotency key, or find what the same call made before, however it looks by now.

    `make` checks and creates. Where the thing's id is derived from the key, a second creation meets the first by
    itself; `find` looks first, so that a repetition is not checked again against what has changed since, and it is
    needed where only a unique index tells of the key. `is_same` tells whether the thing that was there was made by a
    call that said the same; if not, the key is refused.
    """
    known = None if find is None else await find()
    if known is not None:
        created = Created(known, fresh=False)
    else:
        try:
            created = await make()
        except Conflict:  # the unique index knows the key by now: another call was faster
            known = None if find is None else await find()
            if known is None:
                raise
            created = Created(known, fresh=False)
    if not created.fresh and not is_same(created.document.state):
        raise Refusal(KEY_REUSED)
    return created


async def change_or_create(
    documents: Documents[S], document_id: str, beginning: S, decide: Callable[[S], Decided[S]], because: Because
) -> Document[S]:
    """Change a document, which is made of what `decide` makes of its `beginning` when there is none yet."""
    changed = await change(documents, document_id, decide, because)
    if changed is not None:
        return changed
    state, facts = decide(beginning)
    created = await documents.create(document_id, state, facts, because)
    return created.document if created.fresh else found(await change(documents, document_id, decide, because))
