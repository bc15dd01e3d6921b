"""The documents' port: one set of scenarios for MongoDB under both drivers and for the simulated one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import pytest

from shared.contracts.members import PersonDeparted
from shared.store.aggregates import OUTBOX_INDEX, MongoDocuments
from shared.store.document import Because, Conflict, Documents, change
from tests.contract.stores import STORES, opened

NOW = datetime(2026, 3, 1, 8, 30, 15, 250_000, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Thing:
    colour: Colour
    size: int
    parts: tuple[Part, ...] = ()
    notes: dict[str, str] | None = None


RED = Thing(Colour.RED, 1, (Part("a", NOW), Part("b", None)), {"k": "v"})
BLUE = Thing(Colour.BLUE, 2)


def because(mark: str | None = None) -> Because:
    return Because("tester", "cause", None, NOW, mark)


@pytest.fixture(params=STORES)
async def things(request: pytest.FixtureRequest, mongodb_uri: str) -> AsyncIterator[Documents[Thing]]:
    async with opened(request.param, mongodb_uri) as database:
        collection = database.collection("things")
        await collection.ensure_index(OUTBOX_INDEX)
        yield MongoDocuments(collection, Thing, source="/yizhan/things", offer=lambda _: None)


async def test_what_is_created_is_loaded_as_it_was(things: Documents[Thing]) -> None:
    created = await things.create("one", RED, [PersonDeparted(person_id="p")], because("m"))
    loaded = await things.load("one")
    assert created.fresh
    assert loaded == created.document
    assert loaded is not None
    assert (loaded.state, loaded.version, loaded.heard) == (RED, 1, ("m",))


async def test_nothing_is_loaded_where_nothing_is(things: Documents[Thing]) -> None:
    assert await things.load("absent") is None
    assert await change(things, "absent", lambda state: (state, []), because()) is None


async def test_a_second_creation_changes_nothing_and_shows_the_first(things: Documents[Thing]) -> None:
    await things.create("one", RED, [], because())
    second = await things.create("one", BLUE, [PersonDeparted(person_id="p")], because())
    assert not second.fresh
    assert (second.document.state, second.document.version) == (RED, 1)


async def test_the_version_rises_by_one_a_fact_and_by_one_without_facts(things: Documents[Thing]) -> None:
    facts = [PersonDeparted(person_id=str(n)) for n in range(3)]
    document = (await things.create("one", RED, facts, because())).document
    assert document.version == 3
    document = await things.commit(document, BLUE, [], because())
    assert document.version == 4
    document = await things.commit(document, RED, facts[:2], because())
    assert document.version == 6
    assert await things.load("one") == document


async def test_a_commit_on_an_old_version_is_a_conflict_and_changes_nothing(things: Documents[Thing]) -> None:
    first = (await things.create("one", RED, [], because())).document
    second = await things.commit(first, BLUE, [], because())
    with pytest.raises(Conflict):
        await things.commit(first, RED, [], because())
    assert await things.load("one") == second


async def test_a_commit_on_what_is_not_there_is_a_conflict(things: Documents[Thing]) -> None:
    document = (await things.create("one", RED, [], because())).document
    stray = type(document)("other", document.version, document.state)
    with pytest.raises(Conflict):
        await things.commit(stray, BLUE, [], because())
    assert await things.load("other") is None


async def test_a_mark_that_was_heard_makes_a_commit_harmless(things: Documents[Thing]) -> None:
    document = (await things.create("one", RED, [], because("m1"))).document
    assert await things.commit(document, BLUE, [], because("m1")) == document
    changed = await things.commit(document, BLUE, [], because("m2"))
    assert changed.heard == ("m1", "m2")
    assert await change(things, "one", lambda _: (RED, []), because("m2")) == changed


async def test_of_many_that_race_each_decides_on_fresh_state(things: Documents[Thing]) -> None:
    await things.create("one", Thing(Colour.RED, 0), [], because())

    async def grow() -> None:
        await change(things, "one", lambda s: (Thing(s.colour, s.size + 1), []), because())

    await asyncio.gather(*(grow() for _ in range(5)))
    document = await things.load("one")
    assert document is not None
    assert document.state.size == 5


async def test_a_decision_that_changes_nothing_writes_nothing(things: Documents[Thing]) -> None:
    first = (await things.create("one", RED, [], because())).document
    assert await change(things, "one", lambda state: (state, []), because()) == first


async def test_documents_are_selected_by_their_state_in_order(things: Documents[Thing]) -> None:
    for size in (3, 1, 2):
        await things.create(f"r{size}", Thing(Colour.RED, size), [], because())
    await things.create("b", BLUE, [], because())
    red = await things.select({"state.colour": "red", "state.size": {"$gte": 2}}, sort=[("state.size", -1)])
    assert [document.id for document in red] == ["r3", "r2"]
    few = await things.select({"state.colour": {"$in": ["red", "blue"]}}, sort=[("state.size", 1)], limit=1)
    assert [document.id for document in few] == ["r1"]
