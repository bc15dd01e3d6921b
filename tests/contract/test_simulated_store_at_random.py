"""Random filters, sorts, projections and updates over random documents: the simulated store answers as MongoDB does."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.errors import BulkWriteError, OperationFailure

from shared.ids import new_id
from shared.store.mongo import Collection, Database, Index, Upsert
from tests.simulation.machine import SimulatedLoop
from tests.simulation.store import SimulatedMongo
from tests.simulation.values import order, taken
from tests.simulation.wire import PEACE, Wire

TIMES = [datetime(2026, 3, 1, 8, 30, 15, 250_000, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)]
SCALARS = st.sampled_from([None, True, False, -1, 0, 1, 2, 1.0, 1.5, "", "a", "b", "aB", b"x", *TIMES])
NAMES = st.sampled_from(["a", "b", "c", "0"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
DOCUMENTS = st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES, max_size=3), min_size=1, max_size=6)
PATHS = st.sampled_from(["a", "b", "c", "a.b", "a.a", "a.0", "a.b.c", "a.0.b", "a.1", "b.a", "a.b.0", "a.0.0"])
FIELDS = st.sampled_from(["a", "b", "c", "a.b", "a.a", "a.b.c", "b.a"])
"""Paths without places in arrays, which nothing sorts by or has an index on."""
RANGES = ["$gt", "$gte", "$lt", "$lte"]


def operations(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        values,
        st.builds(lambda name, value: {name: value}, st.sampled_from(["$eq", "$ne", *RANGES]), values),
        st.builds(lambda name, value: {name: value}, st.sampled_from(["$in", "$nin"]), st.lists(values, max_size=3)),
        st.builds(lambda value: {"$exists": value}, st.booleans()),
        st.builds(lambda value: {"$regex": value, "$options": "i"}, st.sampled_from(["a", "^b", "b$"])),
        st.builds(lambda low, high: {"$gt": low, "$lte": high}, values, values),
    )


LEAVES = st.builds(lambda path, wanted: {path: wanted}, PATHS, operations(VALUES))
ELEMENTS = st.builds(
    lambda path, name, wanted: {path: {"$elemMatch": {name: wanted}}}, PATHS, NAMES, operations(SCALARS)
)
FILTERS = st.recursive(
    LEAVES | ELEMENTS,
    lambda inner: st.builds(
        lambda name, parts: {name: parts}, st.sampled_from(["$and", "$or"]), st.lists(inner, min_size=1, max_size=2)
    ),
    max_leaves=3,
)
CHANGES = st.one_of(
    st.builds(
        lambda name, path, value: {name: {path: value}},
        st.sampled_from(["$set", "$setOnInsert", "$max"]),
        PATHS,
        VALUES,
    ),
    st.builds(lambda path, value: {"$inc": {path: value}}, PATHS, st.sampled_from([1, -2, 0.5])),
    st.builds(lambda path, value: {"$push": {path: value}}, PATHS, SCALARS),
    st.builds(
        lambda path, values, most: {"$push": {path: {"$each": values, "$slice": most}}},
        PATHS,
        st.lists(VALUES, max_size=3),
        st.integers(-3, 3),
    ),
    st.builds(lambda path, value: {"$pull": {path: value}}, PATHS, VALUES),
    st.builds(
        lambda path, name, value: {"$pull": {path: {name: {"$in": value}}}}, PATHS, NAMES, st.lists(SCALARS, max_size=3)
    ),
    st.builds(lambda path, value: {"$pull": {path: {"$in": value}}}, PATHS, st.lists(SCALARS, max_size=3)),
    st.builds(lambda path, other, value: {"$set": {path: value}, "$inc": {other: 1}}, PATHS, PATHS, SCALARS),
)
EXPRESSIONS = st.recursive(
    PATHS.map(lambda path: f"${path}") | SCALARS | VALUES.map(lambda value: {"$literal": value}) | st.just("$$ROOT"),
    lambda inner: st.one_of(
        st.builds(lambda test, then, other: {"$cond": [test, then, other]}, inner, inner, inner),
        st.builds(
            lambda name, one, two: {name: [one, two]}, st.sampled_from(["$ifNull", "$gt", "$lt", "$min"]), inner, inner
        ),
        st.lists(inner, max_size=2),
    ),
    max_leaves=4,
)
UNIONS = st.builds(
    lambda path, values: {"$setUnion": [{"$ifNull": [f"${path}", []]}, {"$literal": values}]},
    PATHS,
    st.lists(SCALARS, max_size=3),
)
PIPELINES = st.one_of(
    st.dictionaries(PATHS, EXPRESSIONS | UNIONS, min_size=1, max_size=1).map(lambda fields: [{"$set": fields}]),
    EXPRESSIONS.map(lambda value: [{"$set": {"c": {"b": value}}}]),
    st.builds(
        lambda test, value: [{"$replaceWith": {"$cond": [test, {"$literal": {"_id": 0, "a": value}}, "$$ROOT"]}}],
        EXPRESSIONS,
        VALUES,
    ),
)
GROUPS = st.one_of(
    st.builds(lambda path: [{"$group": {"_id": f"${path}", "n": {"$sum": 1}}}], PATHS),
    st.builds(lambda path, other: [{"$group": {"_id": f"${path}", "n": {"$sum": f"${other}"}}}], PATHS, PATHS),
    st.builds(lambda path: [{"$unwind": f"${path}"}, {"$group": {"_id": f"${path}", "n": {"$sum": 1}}}], PATHS),
)
INDEXES = st.builds(
    lambda path, other, partial: Index(((path, 1), (other, -1)) if other != path else ((path, 1),), partial=partial),
    FIELDS,
    FIELDS,
    st.sampled_from([None, {"a": {"$gt": ""}}, {"b": True}, {"a.0": {"$exists": True}}, {"a": {"$gt": TIMES[0]}}]),
)
EXAMPLES = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)


class Both:
    """One collection in two stores, each on a loop of its own."""

    def __init__(self, mongodb_uri: str) -> None:
        self._loops = (SimulatedLoop(), asyncio.new_event_loop())
        server = SimulatedMongo(self._loops[0], Wire(Random(7), PEACE))
        self._databases = (Database(server.client("any"), "any"), self._loops[1].run_until_complete(_real(mongodb_uri)))

    def ask(self, question: Callable[[Collection], Awaitable[Any]]) -> tuple[Any, Any]:
        """Return what each store answers."""
        pairs = zip(self._loops, self._databases, strict=True)
        simulated, real = [loop.run_until_complete(_answer(question, database)) for loop, database in pairs]
        return simulated, real

    def begin(self, documents: list[dict[str, Any]]) -> None:
        """Hold these documents and no others."""
        rows = [{"_id": number, **document} for number, document in enumerate(documents)]

        async def begun(collection: Collection) -> None:
            await collection.delete({})
            await collection.insert_many(rows)

        self.ask(begun)

    def close(self) -> None:
        for loop, database in zip(self._loops, self._databases, strict=True):
            loop.run_until_complete(database.drop())
            loop.run_until_complete(database.close())
            loop.close()


async def _real(mongodb_uri: str) -> Database:
    return Database.at(mongodb_uri, f"t_{new_id()}", driver="pymongo")


async def _answer(question: Callable[[Collection], Awaitable[Any]], database: Database) -> Any:
    try:
        collection = database.collection("things")
        collection._raw = collection._relaxed
        return await question(collection)
    except BulkWriteError as error:
        return [fault["code"] for fault in (error.details or {})["writeErrors"]]


@pytest.fixture(scope="module")
def both(mongodb_uri: str) -> Iterator[Both]:
    stores = Both(mongodb_uri)
    yield stores
    stores.close()


def alike(answers: tuple[Any, Any]) -> None:
    """Both answers are the same, types included: True is not 1."""
    simulated, real = answers
    assert simulated == real
    assert repr(_plain(simulated)) == repr(_plain(real))


def _plain(value: Any) -> Any:
    """Whole numbers without the driver's own type for long ones; documents with their fields in order."""
    if isinstance(value, dict):
        return {name: _plain(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


@EXAMPLES
@given(DOCUMENTS, st.lists(FILTERS, min_size=4, max_size=4))
def test_filters_find_the_same(both: Both, documents: list[dict[str, Any]], filters: list[dict[str, Any]]) -> None:
    both.begin(documents)
    for where in filters:
        alike(both.ask(lambda collection, where=where: collection.find(where, sort=[("_id", 1)])))
        alike(both.ask(lambda collection, where=where: collection.count(where)))


@EXAMPLES
@given(DOCUMENTS, st.lists(INDEXES, min_size=1, max_size=2), st.lists(FILTERS, min_size=3, max_size=3))
def test_an_index_changes_no_answer(
    documents: list[dict[str, Any]], indexes: list[Index], filters: list[dict[str, Any]]
) -> None:
    asked = [*filters, *({"$and": [index.partial or {}, where]} for index in indexes for where in filters)]
    assert _found(documents, indexes, asked) == _found(documents, [], asked)


def _found(documents: list[dict[str, Any]], indexes: list[Index], filters: list[dict[str, Any]]) -> list[Any]:
    loop = SimulatedLoop()
    collection = Database(SimulatedMongo(loop, Wire(Random(7), PEACE)).client("any"), "any").collection("things")

    async def found() -> list[Any]:
        for index in indexes:
            with contextlib.suppress(OperationFailure):
                await collection.ensure_index(index)
        await collection.insert_many([{"_id": number, **document} for number, document in enumerate(documents)])
        await collection.update_one({"_id": 0}, {"$set": {"a": "a", "b": True}})
        await collection.delete({"_id": 1})
        return [await collection.find(where) for where in filters]

    return loop.run_until_complete(found())


@EXAMPLES
@given(
    DOCUMENTS, st.lists(st.tuples(FIELDS, st.sampled_from([1, -1]), st.integers(0, 2), st.integers(0, 2)), max_size=3)
)
def test_orders_and_pages_are_the_same(
    both: Both, documents: list[dict[str, Any]], asked: list[tuple[str, int, int, int]]
) -> None:
    both.begin(documents)
    for path, direction, skip, limit in asked:
        sort = [(path, direction), ("_id", -direction)]
        alike(
            both.ask(
                lambda collection, ask=(sort, skip, limit): collection.find({}, sort=ask[0], skip=ask[1], limit=ask[2])
            )
        )


@EXAMPLES
@given(DOCUMENTS, st.lists(PATHS, min_size=1, max_size=3))
def test_narrowed_documents_are_the_same(both: Both, documents: list[dict[str, Any]], fields: list[str]) -> None:
    both.begin(documents)
    for field in fields:
        alike(both.ask(lambda collection, field=field: collection.find({}, sort=[("_id", 1)], fields=[field])))


@EXAMPLES
@given(DOCUMENTS, st.lists(CHANGES | PIPELINES, min_size=3, max_size=3), st.booleans())
def test_updates_leave_the_same(both: Both, documents: list[dict[str, Any]], updates: list[Any], insert: bool) -> None:
    both.begin(documents)
    for update in updates:
        for number in range(len(documents) + insert):
            write = Upsert({"_id": number}, update)
            alike(both.ask(lambda collection, write=write: collection.upsert_many([write])))
        alike(both.ask(lambda collection: collection.find({}, sort=[("_id", 1)])))


@EXAMPLES
@given(DOCUMENTS, GROUPS)
def test_groups_are_the_same(both: Both, documents: list[dict[str, Any]], pipeline: list[dict[str, Any]]) -> None:
    both.begin(documents)
    simulated, real = both.ask(lambda collection: collection.aggregate(pipeline))
    alike((sorted(simulated, key=order_of), sorted(real, key=order_of)))


def order_of(row: dict[str, Any]) -> Any:
    return order(taken(row["_id"]))
