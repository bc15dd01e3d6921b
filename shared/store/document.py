"""The document port: load, decide, commit. One document write holds state, version, heard marks and unsent facts."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from msgspec import Struct

from shared.contracts.event import Event, Fact
from shared.ids import derive_id
from shared.refusal import Refusal

S = TypeVar("S")

_ATTEMPTS: Final = 12
_PAUSE_SECONDS: Final = 0.002


class Conflict(Exception):  # noqa: N818 - a race, not an error
    """The document's version moved between load and commit."""


class Document(Struct, Generic[S], frozen=True):
    """An aggregate as it was read: its id, version, state and the marks of what it already heard."""

    id: str
    version: int
    state: S
    heard: tuple[str, ...] = ()


class Created(Struct, Generic[S], frozen=True):
    """The answer of a creation; `fresh` is False when the id existed, and `document` is then that one."""

    document: Document[S]
    fresh: bool


class Terms(Struct, frozen=True):
    """On which terms a person gives a command.

    `expect` is the version that they saw (None: any), `key` tells a repetition from a second command that says the same
    (None: the caller cannot tell), `content` is the derived id of all that the command says.
    """

    expect: int | None = None
    key: str | None = None
    content: str = ""


_COMMAND: Final = "command"


class Because(Struct, frozen=True):
    """Why a write happens: who acts, which event or command led to it, and the story that it belongs to.

    `dedup_key` is kept in the document's heard marks, so that the same cause changes the document once. An absent
    `correlation` means that the document's own id names the story.
    """

    actor: str
    cause: str
    correlation: str | None
    at: datetime
    dedup_key: str | None = None

    @classmethod
    def command(
        cls, actor_id: str, cause: str, at: datetime, *, correlation: str | None = None, terms: Terms | None = None
    ) -> "Because":
        """Return the cause of a command that a person gave; `cause` is the idempotency key or the id of the call.

        With `terms` that have a key, the command leaves a mark, so that its repetition changes nothing.
        """
        key = None if terms is None or terms.key is None else _key(actor_id, terms.key, terms.content)
        return cls(actor=actor_id, cause=cause, correlation=correlation, at=at, dedup_key=key)

    @classmethod
    def event(cls, event: Event[Fact], at: datetime, service: str) -> "Because":
        """Return the cause of what a service does by itself on an event; the event's id becomes the heard mark."""
        return cls(actor=service, cause=event.id, correlation=event.correlation, at=at, dedup_key=event.id)


class Documents(Protocol[S]):
    """A place for aggregates of one kind. Implemented on MongoDB, which a simulation replaces by its own."""

    async def load(self, document_id: str) -> Document[S] | None:
        """Return the document, or None."""
        ...

    async def create(self, document_id: str, state: S, facts: Sequence[Fact], because: Because) -> Created[S]:
        """Write a new document durably with its facts, or return the one that already has this id."""
        ...

    async def commit(self, document: Document[S], state: S, facts: Sequence[Fact], because: Because) -> Document[S]:
        """Replace the state and add the facts in one write, if the version has not moved; else raises `Conflict`."""
        ...

    async def select(
        self, where: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Document[S]]:
        """Return the documents that match, in MongoDB's filter language over `_id`, `version` and `state.<field>`."""
        ...


def next_version(version: int, facts: Sequence[Fact]) -> int:
    """Return the version after a commit: it rises by one per fact, and by one when there is none."""
    return version + max(1, len(facts))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where facts come from: the CloudEvents source (the service), and the collection of the documents.

    Documents of two collections may share an id; their events must not.
    """

    source: str
    collection: str


def envelope(
    origin: Origin, document_id: str, version: int, facts: Sequence[Fact], because: Because
) -> list[Event[Fact]]:
    """Wrap the facts of one commit on a document that stood at `version`.

    Ids follow from the collection, the document and the version. Events of earlier releases, whose ids did not name
    the collection, stay as they are: an id is kept with its event and never derived again.
    """
    return [
        Event(
            id=derive_id(origin.source, origin.collection, document_id, str(version + offset)),
            source=origin.source,
            subject=document_id,
            time=because.at,
            version=version + offset,
            cause=because.cause,
            correlation=because.correlation or document_id,
            actor=because.actor,
            data=fact,
        )
        for offset, fact in enumerate(facts, start=1)
    ]


def _key(actor_id: str, key: str, content: str) -> str:
    return f"{_COMMAND}:{derive_id('key', actor_id, key)}:{content}"


def was_heard(heard: Sequence[str], mark: str | None) -> bool:
    """Tell whether the cause with this mark changed the document before.

    Refuses a command under the key of another command of the same person: one key says one thing.
    """
    if mark is None:
        return False
    if mark in heard:
        return True
    head, _, _ = mark.rpartition(":")
    if head.startswith(f"{_COMMAND}:") and any(one.startswith(f"{head}:") for one in heard):
        raise Refusal("http.idempotency_key_reused")
    return False


def _anything_but_done(_: object) -> bool:
    return False


async def change(
    documents: Documents[S],
    document_id: str,
    decide: Callable[[S], tuple[S, Sequence[Fact]]],
    because: Because,
    *,
    expect_version: int | None = None,
    is_done: Callable[[S], bool] = _anything_but_done,
) -> Document[S] | None:
    """Load, decide, commit; decide again on fresh state when somebody else was faster.

    Returns None when there is no such document, and the document as it is when it already heard `because.dedup_key`, or
    when `is_done` tells that this very person's same command brought it to where it is. Raises
    `Refusal("http.stale_version")` when `expect_version` is not the present version, whatever `decide` raises, and
    `Conflict` when it lost the race twelve times.
    """
    for attempt in range(_ATTEMPTS):
        document = await documents.load(document_id)
        if document is None:
            return None
        if was_heard(document.heard, because.dedup_key) or is_done(document.state):
            return document
        if expect_version is not None and document.version != expect_version:
            raise Refusal("http.stale_version", expected=expect_version, present=document.version)
        state, facts = decide(document.state)
        if state == document.state and not facts and because.dedup_key is None:
            return document
        try:
            return await documents.commit(document, state, facts, because)
        except Conflict:
            await asyncio.sleep(_PAUSE_SECONDS * attempt)
    raise Conflict(document_id)
