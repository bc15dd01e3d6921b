"""Documents in memory: the fake behind the store port, held to the real store by `tests/contract/test_documents.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from shared.contracts.event import Event, Fact
from shared.store.document import Because, Conflict, Created, Document, envelope, next_version

S = TypeVar("S")


@dataclass
class _Kept:
    version: int
    heard: tuple[str, ...]
    state: Any
    outbox: list[Event[Fact]]


class MemoryDocuments(Generic[S]):
    """Aggregates of one kind in a dictionary; states pass through the same conversion as in MongoDB."""

    def __init__(self, kind: type[S], source: str = "/yizhan/memory") -> None:
        self._kind = kind
        self._source = source
        self._kept: dict[str, _Kept] = {}

    async def load(self, document_id: str) -> Document[S] | None:
        kept = self._kept.get(document_id)
        return None if kept is None else self._document(document_id, kept)

    async def create(self, document_id: str, state: S, facts: Sequence[Fact], because: Because) -> Created[S]:
        existing = self._kept.get(document_id)
        if existing is not None:
            return Created(self._document(document_id, existing), fresh=False)
        heard = () if because.mark is None else (because.mark,)
        events = envelope(self._source, document_id, 0, facts, because)
        kept = _Kept(next_version(0, facts), heard, _plain(state), events)
        self._kept[document_id] = kept
        return Created(self._document(document_id, kept), fresh=True)

    async def commit(self, document: Document[S], state: S, facts: Sequence[Fact], because: Because) -> Document[S]:
        if because.mark is not None and because.mark in document.heard:
            return document
        kept = self._kept.get(document.id)
        if kept is None or kept.version != document.version:
            raise Conflict(document.id)
        kept.outbox += envelope(self._source, document.id, document.version, facts, because)
        kept.version = next_version(document.version, facts)
        kept.state = _plain(state)
        if because.mark is not None:
            kept.heard = (*kept.heard, because.mark)
        return self._document(document.id, kept)

    async def select(
        self, where: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Document[S]]:
        found = [(key, kept) for key, kept in self._kept.items() if _matches(key, kept, where)]
        for path, direction in reversed(sort):
            found.sort(key=lambda item, path=path: _value(item[0], item[1], path), reverse=direction < 0)
        return [self._document(key, kept) for key, kept in (found[:limit] if limit else found)]

    def unsent(self, document_id: str) -> list[Event[Fact]]:
        """Return the facts in a document's outbox."""
        return list(self._kept[document_id].outbox)

    def _document(self, document_id: str, kept: _Kept) -> Document[S]:
        return Document(document_id, kept.version, msgspec.convert(kept.state, self._kind), kept.heard)


def _plain(state: object) -> Any:
    return msgspec.to_builtins(state, builtin_types=(datetime,))


def _value(key: str, kept: _Kept, path: str) -> Any:
    value: Any = {"_id": key, "version": kept.version, "state": kept.state}
    for part in path.split("."):
        value = None if value is None else value.get(part)
    return value


def _matches(key: str, kept: _Kept, where: Mapping[str, Any]) -> bool:
    return all(_fits(_value(key, kept, path), wanted) for path, wanted in where.items())


def _fits(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, Mapping):
        return bool(value == wanted)
    for operator, operand in wanted.items():
        match operator:
            case "$in":
                fits = value in operand
            case "$lte":
                fits = value is not None and value <= operand
            case "$lt":
                fits = value is not None and value < operand
            case "$gte":
                fits = value is not None and value >= operand
            case "$gt":
                fits = value is not None and value > operand
            case "$ne":
                fits = value != operand
            case _:
                msg = f"the fake knows no {operator}"
                raise ValueError(msg)
        if not fits:
            return False
    return True
