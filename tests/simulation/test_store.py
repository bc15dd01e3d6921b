"""The simulated store under faults: lost answers, deaths, half a bulk, a loss of power. Nothing takes effect twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

import pytest
from pymongo import DeleteOne, ReplaceOne
from pymongo.errors import InvalidOperation, ServerSelectionTimeoutError

from shared.contracts.members import PersonDeparted
from shared.store.aggregates import OUTBOX_INDEX, MongoDocuments
from shared.store.document import Because, Conflict, change
from shared.store.mongo import Collection, Database, StoreError, Upsert
from tests.simulation.machine import BEGIN, Process, SimulatedLoop
from tests.simulation.store import SYNC_SECONDS, SimulatedMongo
from tests.simulation.values import NotSimulatedError
from tests.simulation.wire import PEACE, Chances, Wire

T = TypeVar("T")
FACT = PersonDeparted(person_id="p")
HARD = Chances(slow=0.05, fails_before=0.1, answer_lost=0.15, dies_before=0.03, dies_after=0.05)


@dataclass(frozen=True, slots=True)
class Count:
    n: int


class World:
    """A loop, a wire and a server from one seed."""

    def __init__(self, seed: int = 1, chances: Chances = PEACE) -> None:
        self.loop = SimulatedLoop()
        self.wire = Wire(Random(seed), chances)
        self.server = SimulatedMongo(self.loop, self.wire)

    def collection(self) -> Collection:
        return Database(self.server.client("things"), "things").collection("counts")

    def documents(self) -> MongoDocuments[Count]:
        return MongoDocuments(self.collection(), Count, source="/yizhan/things", offer=lambda _: None)

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        async def whole() -> T:
            return await work()

        return self.loop.run_until_complete(whole())

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self.server.peek("things", "counts")


def because(mark: str | None = None) -> Because:
    return Because("tester", "cause", None, BEGIN, mark)


async def lost(world: World, call: Awaitable[object]) -> None:
    """Make a call whose answer gets lost."""
    world.wire.chances = replace(PEACE, answer_lost=1.0)
    with pytest.raises(StoreError):
        await call
    world.wire.chances = PEACE


def test_a_creation_whose_answer_was_lost_is_found_by_the_second_try() -> None:
    world = World()

    async def work() -> None:
        documents = world.documents()
        await lost(world, documents.create("one", Count(1), [FACT], because()))
        again = await documents.create("one", Count(1), [FACT], because())
        assert (again.fresh, again.document.version) == (False, 1)

    world.run(work)
    assert [(row["_id"], row["version"], len(row["outbox"])) for row in world.rows] == [("one", 1, 1)]


def test_a_commit_whose_answer_was_lost_is_heard_once_and_conflicts_with_the_old_version() -> None:
    world = World()

    async def work() -> None:
        documents = world.documents()
        first = (await documents.create("one", Count(0), [], because())).document
        await lost(world, documents.commit(first, Count(1), [FACT], because("m")))
        with pytest.raises(Conflict):
            await documents.commit(first, Count(1), [FACT], because("m"))
        found = await change(documents, "one", lambda state: (Count(state.n + 1), [FACT]), because("m"))
        assert found is not None
        assert found.state == Count(1)

    world.run(work)
    assert [(row["version"], len(row["outbox"]), row["heard"]) for row in world.rows] == [(2, 1, ["m"])]


@pytest.mark.parametrize(
    ("chances", "written"), [(replace(PEACE, dies_before=1.0), 0), (replace(PEACE, dies_after=1.0), 1)]
)
def test_a_process_dies_before_its_write_or_after_it(chances: Chances, written: int) -> None:
    world = World(chances=chances)
    went_on: list[str] = []

    async def create() -> None:
        await world.documents().create("one", Count(1), [], because())
        went_on.append("on")

    async def work() -> None:
        process = Process("things-1", world.loop)
        process.spawn(create())
        await asyncio.sleep(60)
        assert not process.alive

    world.run(work)
    assert (len(world.rows), went_on) == (written, [])


def test_nothing_is_done_by_a_server_that_is_away() -> None:
    world = World()
    world.wire.away.add("store:things")

    async def work() -> None:
        with pytest.raises(ServerSelectionTimeoutError):
            await world.documents().create("one", Count(1), [], because())

    world.run(work)
    assert world.rows == []


async def insisting(documents: MongoDocuments[Count], mark: str) -> None:
    """Count one, again and again until it is known to be done, as a redelivered event does."""
    while True:
        try:
            await documents.create("one", Count(0), [FACT], because())
            if await change(documents, "one", lambda state: (Count(state.n + 1), [FACT]), because(mark)) is not None:
                return
        except (StoreError, Conflict):
            await asyncio.sleep(1)


def story(seed: int) -> tuple[list[dict[str, Any]], int, float, int]:
    """Let three processes count, restart those that die, and return what is left, and how it came about."""
    world = World(seed, HARD)
    done: set[str] = set()
    deaths = 0

    async def one(mark: str, documents: MongoDocuments[Count]) -> None:
        await insisting(documents, mark)
        done.add(mark)

    async def life(number: int) -> None:
        nonlocal deaths
        marks = [f"m{number}.{n}" for n in range(4)]
        while not done.issuperset(marks):
            process = Process(f"things-{number}", world.loop)
            documents = world.documents()
            for mark in [mark for mark in marks if mark not in done]:
                process.spawn(one(mark, documents))
            for _ in range(60):
                await asyncio.sleep(1)
                if not process.alive or done.issuperset(marks):
                    break
            deaths += not process.alive
            process.die()

    async def work() -> None:
        await asyncio.gather(*(life(number) for number in range(3)))

    world.run(work)
    return world.rows, world.wire.calls, world.loop.time(), deaths


def test_under_faults_every_cause_takes_effect_exactly_once() -> None:
    deaths = 0
    for seed in range(25):
        (row,), *_, died = story(seed)
        assert row["state"] == {"n": 12}, seed
        assert len(set(row["heard"])) == len(row["heard"]) == 12
        assert [len(row["outbox"]), row["version"]] == [13, 13]
        assert len({entry["id"] for entry in row["outbox"]}) == 13
        deaths += died
    assert deaths > 25


def test_a_seed_is_a_whole_story() -> None:
    assert story(3) == story(3)
    assert story(3) != story(4)


def test_a_bulk_is_cut_by_a_fault_and_whoever_tries_again_completes_it() -> None:
    halves = 0
    for seed in range(40):
        world = World(seed)

        async def work(world: World = world) -> int:
            documents = world.documents()
            world.wire.chances = replace(PEACE, answer_lost=0.5)
            creations = [documents.create(str(n), Count(n), [FACT], because()) for n in range(6)]
            answers = await asyncio.gather(*creations, return_exceptions=True)
            cut = len(world.rows)
            assert cut == 6 or all(isinstance(answer, StoreError) for answer in answers)
            world.wire.chances = PEACE
            again = [await documents.create(str(n), Count(n), [FACT], because()) for n in range(6)]
            assert [one.fresh for one in again] == [False] * cut + [True] * (6 - cut)
            return cut

        halves += world.run(work) < 6
        assert [(row["_id"], len(row["outbox"])) for row in world.rows] == [(str(n), 1) for n in range(6)]
    assert 0 < halves < 40


def test_others_may_come_between_the_operations_of_a_bulk_but_never_into_one() -> None:
    seen: set[tuple[int, ...]] = set()
    for seed in range(60):
        world = World(seed)

        async def work(world: World = world) -> None:
            things = world.collection()
            await things.insert_many([{"_id": n, "a": 0, "b": 0} for n in range(4)])
            bulk = things.upsert_many([Upsert({"_id": n}, {"$set": {"a": 1, "b": 1}}) for n in range(4)])
            writing = asyncio.ensure_future(bulk)
            while not writing.done():
                rows = await things.find({}, sort=[("_id", 1)])
                assert all(row["a"] == row["b"] for row in rows)
                seen.add(tuple(row["a"] for row in rows))
            await writing

        world.run(work)
    assert {(0, 0, 0, 0), (1, 1, 1, 1)} < seen
    assert all(list(each) == sorted(each, reverse=True) for each in seen)


def test_a_loss_of_power_takes_what_had_not_reached_the_journal_and_nothing_else() -> None:
    world = World()

    async def work() -> None:
        documents = world.documents()
        things = documents.collection

        async def clear() -> None:
            await things.update_many({"_id": "one"}, {"$set": {"outbox": []}}, relaxed=True)

        await documents.create("one", Count(1), [FACT], because())
        await clear()
        assert [row["outbox"] for row in world.rows] == [[]]
        assert world.server.lose_power() == 1
        assert [len(row["outbox"]) for row in world.rows] == [1]
        await clear()
        await documents.create("two", Count(1), [], because())
        assert world.server.lose_power() == 0
        await clear()
        await asyncio.sleep(SYNC_SECONDS)
        assert world.server.lose_power() == 0

    world.run(work)
    assert [(row["_id"], row["outbox"]) for row in world.rows] == [("one", []), ("two", [])]


def test_the_servers_clock_is_virtual_and_wrong_by_its_skew() -> None:
    world = World()
    world.server.skew = timedelta(minutes=-3)

    async def work() -> None:
        await asyncio.sleep(3600)
        await world.collection().upsert_many([Upsert({"_id": 1}, [{"$set": {"at": "$$NOW"}}])])

    world.run(work)
    (row,) = world.rows
    assert timedelta() <= row["at"] - (BEGIN + timedelta(minutes=57)) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda things: things.find({"$where": "1"}), "$where"),
        (lambda things: things.find({"a": {"$size": 1}}), "$size"),
        (lambda things: things.find({"a": {"$regex": "a", "$options": "x"}}), "$options"),
        (lambda things: things.find({"a": {"$elemMatch": {"$gt": 1}}}), "$elemMatch"),
        (lambda things: things.find({}, sort=[("a.0", 1)]), "sort a.0"),
        (lambda things: things.find({}, fields=["a", "a.b"]), "projection a.b"),
        (lambda things: things.update_one({"_id": 1}, {"$rename": {"a": "b"}}), "$rename"),
        (lambda things: things.update_one({"_id": 1}, {"$push": {"a": {"$each": [], "$sort": 1}}}), "$sort"),
        (lambda things: things.update_one({"_id": 1}, [{"$set": {"a": {"$add": [1, 2]}}}]), "$add"),
        (lambda things: things.update_one({"_id": 1}, [{"$set": {"a": "$$CLUSTER_TIME"}}]), "$$CLUSTER_TIME"),
        (lambda things: things.update_one({"_id": 1}, [{"$unset": "a"}]), "$unset"),
        (lambda things: things.update_many({"_id": 1}, [{"$set": {"a": {"$max": "$b"}}}]), "expression $max of str"),
        (lambda things: things.aggregate([{"$lookup": {}}]), "$lookup"),
        (lambda things: things.aggregate([{"$unwind": {"path": "$a"}}]), "$unwind"),
        (lambda things: things.aggregate([{"$group": {"_id": None, "n": {"$avg": "$a"}}}]), "$avg"),
        (lambda things: things.upsert_many([Upsert({"a": 1}, {"$set": {"b": 1}})]), "makes up the id"),
        (lambda things: things.insert_many([{"a": 1}]), "makes up the id"),
        (lambda things: things._raw.bulk_write([DeleteOne({"_id": 1})]), "ordered bulk"),
        (lambda things: things._raw.bulk_write([ReplaceOne({"_id": 1}, {})], ordered=False), "bulk ReplaceOne"),
        (lambda things: things._raw.database.client.admin.command("shutdown"), "shutdown"),
    ],
)
def test_what_the_simulated_store_does_not_know_is_said(
    call: Callable[[Collection], Awaitable[Any]], named: str
) -> None:
    world = World()
    things = world.collection()

    async def work() -> None:
        await things.insert_many([{"_id": 1, "a": []}])
        await call(things)

    with pytest.raises(NotSimulatedError) as raised:
        world.run(work)
    assert named in str(raised.value)
    assert world.server.unsupported == [str(raised.value)]


def test_a_closed_client_refuses_and_an_open_one_sees_what_was_written() -> None:
    world = World()

    async def work() -> None:
        one, other = (Database(world.server.client("things"), "things") for _ in range(2))
        await one.collection("counts").ensure_index(OUTBOX_INDEX)
        await one.collection("counts").insert_many([{"_id": 1}])
        await one.close()
        with pytest.raises(InvalidOperation):
            await one.ping()
        assert await other.collection("counts").count({}) == 1

    world.run(work)
    assert world.server.peek("others", "counts") == []
