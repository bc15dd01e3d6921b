"""One way for one job: a command carried out, a thing made once by a key, a document changed or begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.event import Fact
from shared.refusal import NOT_FOUND, Refusal, found
from shared.store.commands import change_or_create, create_once, execute
from shared.store.document import Because, Conflict, Created, Document, Terms

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Counters:
    """Documents in memory."""

    def __init__(self, *known: Document[int]) -> None:
        self.known = {one.id: one for one in known}
        self.creations: list[Created[int] | Conflict] = []

    async def load(self, document_id: str) -> Document[int] | None:
        return self.known.get(document_id)

    async def create(self, document_id: str, state: int, _: Sequence[Fact], because: Because) -> Created[int]:
        if document_id in self.known:
            return Created(self.known[document_id], fresh=False)
        self.known[document_id] = Document(
            document_id, 1, state, () if because.dedup_key is None else (because.dedup_key,)
        )
        return Created(self.known[document_id], fresh=True)

    async def commit(self, document: Document[int], state: int, _: Sequence[Fact], because: Because) -> Document[int]:
        marks = () if because.dedup_key is None else (because.dedup_key,)
        after = Document(document.id, document.version + 1, state, (*document.heard, *marks))
        self.known[document.id] = after
        return after


@dataclass(frozen=True)
class Ask:
    actor_id: str = "somebody"
    at: datetime = NOW


@dataclass(frozen=True)
class Add:
    """Count up to `most`; done once it is there."""

    by: int
    most: int = 10

    def decide(self, state: int, _ask: Ask) -> tuple[int, Sequence[Fact]]:
        if state + self.by > self.most:
            code = "count.full"
            raise Refusal(code)
        return state + self.by, ()

    def is_done(self, state: int, _ask: Ask) -> bool:
        return state == self.most


def one(state: int = 0) -> Any:
    return Counters(Document("d", 1, state))


async def code_of(command: Any, **more: Any) -> str:
    with pytest.raises(Refusal) as refused:
        await execute(more.pop("to", one()), more.pop("id", "d"), command, Ask(), **more)
    return refused.value.code


async def test_a_command_changes_a_document_and_its_repetition_does_not() -> None:
    to, terms = one(), Terms(key="k", content="add 2")
    assert (await execute(to, "d", Add(2), Ask(), terms)).state == 2
    assert (await execute(to, "d", Add(2), Ask(), terms)).state == 2
    assert (await execute(to, "d", Add(2), Ask())).state == 4
    assert (await execute(one(10), "d", Add(2), Ask(), Terms(expect=0))).state == 10, "what is done is answered"


def nobody(_state: int, _ask: Ask) -> bool:
    return False


async def test_what_is_not_there_or_not_for_whoever_asks_is_not_found() -> None:
    assert await code_of(Add(1), id="absent") == NOT_FOUND
    assert await code_of(Add(1), exists=lambda state, _: state > 0) == NOT_FOUND
    assert await code_of(Add(1), to=one(10), exists=nobody) == NOT_FOUND, "before it shows as done"
    assert await code_of(Add(1), exists=nobody, terms=Terms(expect=7)) == NOT_FOUND


async def test_a_command_is_refused_by_its_rule_its_version_and_a_key_of_another_command() -> None:
    assert await code_of(Add(11)) == "count.full"
    assert await code_of(Add(1), terms=Terms(expect=7)) == "http.stale_version"
    to = one()
    await execute(to, "d", Add(2), Ask(), Terms(key="k", content="add 2"))
    assert await code_of(Add(3), to=to, terms=Terms(key="k", content="add 3")) == "http.idempotency_key_reused"


async def test_a_thing_is_made_once_by_a_key() -> None:
    to = Counters()

    async def made(state: int, *, look: bool) -> Created[int]:
        return await create_once(
            lambda: to.create("d", state, (), Because.command("somebody", "k", NOW)),
            is_same=lambda known: known == state,
            find=(lambda: to.load("d")) if look else None,
        )

    for look in (False, True):
        to.known.clear()
        assert [(await made(1, look=look)).fresh for _ in range(2)] == [True, False]
        with pytest.raises(Refusal) as refused:
            await made(2, look=look)
        assert refused.value.code == "http.idempotency_key_reused"


async def test_a_repetition_is_found_before_it_is_checked_and_after_another_call_was_faster() -> None:
    to = one(1)

    async def make() -> Created[int]:
        raise Conflict("d")

    again = await create_once(make, is_same=lambda state: state == 1, find=lambda: to.load("d"))
    assert (again.fresh, again.document.state) == (False, 1)
    answers = [None, to.known["d"]]

    async def late() -> Document[int] | None:
        return answers.pop(0)

    faster = await create_once(make, is_same=lambda state: state == 1, find=late)
    assert (faster.fresh, faster.document.state) == (False, 1)
    for find in (None, lambda: to.load("absent")):
        with pytest.raises(Conflict):
            await create_once(make, is_same=lambda _: True, find=find)


async def test_a_document_is_changed_or_begun() -> None:
    to: Any = Counters()
    because = Because.command("somebody", "c", NOW)
    begun = await change_or_create(to, "d", 5, lambda state: (state + 1, ()), because)
    assert (begun.state, begun.version) == (6, 1)
    changed = await change_or_create(to, "d", 5, lambda state: (state + 1, ()), because)
    assert (changed.state, changed.version) == (7, 2)


async def test_who_begins_a_document_second_changes_it() -> None:
    class Late(Counters):
        async def load(self, document_id: str) -> Document[int] | None:
            first, self.known["d"] = "d" not in self.known, Document("d", 1, 5)
            return None if first else await super().load(document_id)

    to: Any = Late()
    because = Because.command("somebody", "c", NOW)
    assert (await change_or_create(to, "d", 0, lambda state: (state + 1, ()), because)).state == 6


def test_what_is_there_is_found() -> None:
    assert found(0) == 0
    with pytest.raises(Refusal) as refused:
        found(None)
    assert refused.value.code == NOT_FOUND
