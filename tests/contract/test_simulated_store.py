"""The store's scenarios, the same for the simulated MongoDB and for the real one under both drivers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from bson.errors import InvalidDocument
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, WriteError

from services.members.creation.store import CREATION_INDEX
from shared.store.mongo import Collection, Database, Index, Upsert
from tests.contract.stores import STORES, opened

NOW = datetime(2026, 3, 1, 8, 30, 15, 250_000, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"


@pytest.fixture(params=STORES)
async def database(request: pytest.FixtureRequest, mongodb_uri: str) -> AsyncIterator[Database]:
    async with opened(request.param, mongodb_uri) as database:
        yield database


@pytest.fixture
def things(database: Database) -> Collection:
    return database.collection("things")


async def kept(things: Collection, *rows: dict[str, Any]) -> None:
    assert await things.insert_many(rows) == [True] * len(rows)


async def ids(things: Collection, where: dict[str, Any]) -> list[Any]:
    return [row["_id"] for row in await things.find(where, sort=[("_id", 1)])]


async def test_values_come_back_as_the_store_keeps_them(things: Collection) -> None:
    east = timezone(timedelta(hours=8))
    given = {"at": NOW.astimezone(east).replace(microsecond=250_999), "raw": b"\x00x", "parts": ((1, 2), ())}
    await kept(
        things, {"colour": Colour.RED, "_id": "one", **given, "n": None, "long": 2**40, "share": 0.1, "字": "好"}
    )
    (row,) = await things.find({})
    assert row == {
        "_id": "one",
        "colour": "red",
        "at": NOW,
        "raw": b"\x00x",
        "parts": [[1, 2], []],
        "n": None,
        "long": 2**40,
        "share": 0.1,
        "字": "好",
    }
    assert list(row) == ["_id", "colour", "at", "raw", "parts", "n", "long", "share", "字"]
    assert (row["at"].utcoffset(), type(row["colour"]), bytes(row["raw"])) == (timedelta(), str, b"\x00x")


@pytest.mark.parametrize(
    ("value", "error"),
    [({1: 2}, InvalidDocument), (2**63, OverflowError), ({1, 2}, InvalidDocument), ("\ud800", UnicodeEncodeError)],
)
async def test_what_no_store_can_keep_is_said_before_anything_is_written(
    things: Collection, value: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await things.insert_many([{"_id": "good"}, {"_id": "bad", "value": value}])
    assert await things.count({}) == 0


async def test_what_was_given_and_what_was_read_belong_to_the_caller(things: Collection) -> None:
    given = {"_id": "one", "parts": [{"n": 1}]}
    await kept(things, given)
    given["parts"][0]["n"] = 2
    row = await things.find_one({"_id": "one"})
    assert row is not None
    row["parts"].append("more")
    (found,) = await things.find({})
    found["parts"][0]["n"] = 3
    assert await things.find_one({"_id": "one"}) == {"_id": "one", "parts": [{"n": 1}]}


async def test_rows_of_all_types_have_one_order(things: Collection) -> None:
    values = [True, NOW, b"x", [2, 0], {"n": 1}, "b", "a", 2.5, 1, -1, None, [], False]
    await kept(things, *({"_id": number, "v": value} for number, value in enumerate(values)), {"_id": 99})
    rising = [row["_id"] for row in await things.find({}, sort=[("v", 1), ("_id", 1)])]
    falling = [row["_id"] for row in await things.find({}, sort=[("v", -1), ("_id", 1)])]
    assert rising == [11, 10, 99, 9, 3, 8, 7, 6, 5, 4, 2, 12, 0, 1]
    assert falling == [1, 0, 12, 2, 4, 5, 6, 7, 3, 8, 9, 10, 99, 11]


async def test_null_matches_what_is_missing_and_comparisons_match_their_own_type(things: Collection) -> None:
    await kept(
        things, {"_id": 1, "at": NOW}, {"_id": 2, "at": None}, {"_id": 3}, {"_id": 4, "at": "soon"}, {"_id": 5, "at": 5}
    )
    assert await ids(things, {"at": None}) == [2, 3]
    assert await ids(things, {"at": {"$ne": None}}) == [1, 4, 5]
    assert await ids(things, {"at": {"$exists": False}}) == [3]
    assert await ids(things, {"at": {"$lte": NOW}}) == [1]
    assert await ids(things, {"at": {"$gt": ""}}) == [4]
    assert await ids(things, {"at": {"$in": [None, 5.0]}}) == [2, 3, 5]
    assert await ids(things, {"at": {"$nin": ["soon", None]}}) == [1, 5]
    assert await ids(things, {"$or": [{"at": None}, {"at": {"$gt": NOW - timedelta(1)}}]}) == [1, 2, 3]


async def test_paths_lead_into_arrays(things: Collection) -> None:
    legs = [{"id": "l1", "helper": "ann", "open": True}, {"id": "l2", "helper": "bob", "open": False}]
    await kept(things, {"_id": 1, "legs": legs}, {"_id": 2, "legs": []}, {"_id": 3, "legs": [{"id": "l3"}]}, {"_id": 4})
    assert await ids(things, {"legs.id": "l2"}) == [1]
    assert await ids(things, {"legs.helper": "bob", "legs.open": True}) == [1]
    assert await ids(things, {"legs": {"$elemMatch": {"helper": "bob", "open": True}}}) == []
    assert await ids(things, {"legs.0": {"$exists": True}}) == [1, 3]
    assert await ids(things, {"legs.helper": None}) == [3, 4]
    assert await ids(things, {"legs.id": {"$gt": "l2"}}) == [3]


async def test_pages_and_narrow_rows(things: Collection) -> None:
    await kept(things, *({"_id": n, "a": {"b": n, "c": n}, "l": [{"x": n, "y": n}, n]} for n in range(5)))
    page = await things.find({}, sort=[("_id", -1)], skip=1, limit=2, fields=("a.b", "l.x", "none.at"))
    assert page == [{"_id": 3, "a": {"b": 3}, "l": [{"x": 3}]}, {"_id": 2, "a": {"b": 2}, "l": [{"x": 2}]}]


async def test_of_a_bulk_only_the_rows_whose_ids_exist_are_refused(things: Collection) -> None:
    await kept(things, {"_id": "b", "n": 0})
    rows = [{"_id": "a"}, {"_id": "b"}, {"_id": "c"}, {"_id": "c", "n": 1}]
    assert await things.insert_many(rows) == [True, False, True, False]
    assert await things.find({}, sort=[("_id", 1)]) == [{"_id": "a"}, {"_id": "b", "n": 0}, {"_id": "c"}]


async def test_of_a_bulk_the_good_updates_are_done_and_the_bad_one_is_named(things: Collection) -> None:
    await kept(things, {"_id": 1, "l": []}, {"_id": 2, "l": "no list"}, {"_id": 3, "l": []})
    with pytest.raises(BulkWriteError) as raised:
        await things.upsert_many([Upsert({"_id": n}, {"$push": {"l": n}}) for n in (1, 2, 3)])
    assert [(fault["index"], fault["code"]) for fault in (raised.value.details or {})["writeErrors"]] == [(1, 2)]
    assert [row["l"] for row in await things.find({}, sort=[("_id", 1)])] == [[1], "no list", [3]]


@pytest.mark.parametrize(
    ("update", "code"),
    [
        ({"$set": {"_id": 2}}, 66),
        ({"$set": {"word.below": 1}}, 28),
        ({"$inc": {"word": 1}}, 14),
        ({"$push": {"word": 1}}, 2),
        ({"$set": {"n": 1}, "$inc": {"n": 1}}, 40),
        ([{"$replaceWith": "$word"}], 40228),
    ],
)
async def test_an_impossible_update_is_refused_with_the_server_s_code(
    things: Collection, update: Any, code: int
) -> None:
    await kept(things, {"_id": 1, "word": "x"})
    with pytest.raises((WriteError, OperationFailure)) as raised:
        await things.update_one({"_id": 1}, update)
    assert raised.value.code == code
    assert await things.find({}) == [{"_id": 1, "word": "x"}]


async def test_an_upsert_begins_with_what_its_filter_demands(things: Collection) -> None:
    await things.upsert_many(
        [
            Upsert({"_id": 1, "kind": "a", "n": {"$gt": 5}}, {"$set": {"m": 1}, "$setOnInsert": {"new": True}}),
            Upsert({"_id": 2, "kind": "b"}, [{"$set": {"seen": "$kind"}}]),
            Upsert({"_id": 1}, {"$set": {"m": 2}, "$setOnInsert": {"new": False}}),
        ]
    )
    rows = await things.find({}, sort=[("_id", 1)])
    assert rows == [{"_id": 1, "kind": "a", "m": 2, "new": True}, {"_id": 2, "kind": "b", "seen": "b"}]


async def test_an_update_of_all_that_matches_ends_where_one_is_refused(things: Collection) -> None:
    await kept(things, *({"_id": n, "l": [{"id": n}, {"id": 9}]} for n in range(5)))
    for relaxed in (True, False):
        await things.update_many({"_id": {"$in": [1, 2]}}, {"$pull": {"l": {"id": {"$in": [1, 9]}}}}, relaxed=relaxed)
    await things.update_many({"_id": "nobody"}, {"$set": {"l": []}})
    rows = await things.find({}, sort=[("_id", 1)])
    assert [[one["id"] for one in row["l"]] for row in rows] == [[0, 9], [], [2], [3, 9], [4, 9]]
    await things.update_one({"_id": 3}, {"$set": {"l": "no list"}})
    with pytest.raises(WriteError):
        await things.update_many({"_id": {"$gte": 2}}, {"$push": {"l": 0}})
    rows = await things.find({"_id": {"$gte": 2}}, sort=[("_id", 1)])
    assert [len(row["l"]) for row in rows] == [2, len("no list"), 2]


async def test_of_many_updates_on_one_version_one_wins(things: Collection) -> None:
    await kept(things, {"_id": 1, "version": 1})
    tries = (things.update_one({"_id": 1, "version": 1}, {"$set": {"version": 2, "by": n}}) for n in range(8))
    answers = await asyncio.gather(*tries)
    (row,) = await things.find({})
    assert [row["by"]] == [n for n, won in enumerate(answers) if won]


async def test_a_unique_index_refuses_the_second_however_it_comes(things: Collection) -> None:
    await things.ensure_index(Index((("a", 1), ("b", 1)), unique=True))
    await things.ensure_index(Index((("a", 1), ("b", 1)), unique=True))
    rows = [{"_id": 1, "a": 1, "b": 1}, {"_id": 2, "a": 1}, {"_id": 3, "a": 1, "b": 1.0}, {"_id": 4, "a": 1, "b": None}]
    assert await things.insert_many(rows) == [True, True, False, False]
    with pytest.raises(DuplicateKeyError):
        await things.update_one({"_id": 2}, {"$set": {"b": 1}})
    assert await things.update_one({"_id": 1}, {"$set": {"b": 2}})
    assert await things.update_one({"_id": 2}, {"$set": {"b": 1}})
    await things.delete({"_id": 1})
    assert await things.insert_many([{"_id": 5, "a": 1, "b": 2}]) == [True]


async def test_a_partial_unique_index_leaves_the_others_alone(things: Collection) -> None:
    await things.ensure_index(CREATION_INDEX)
    made = {"state": {"form": {"id": "f"}}}
    rows = [{"_id": 1, **made}, {"_id": 2, "state": {"form": None}}, {"_id": 3, "state": {}}, {"_id": 4, **made}]
    assert await things.insert_many(rows) == [True, True, True, False]
    assert await ids(things, {"state.form.id": "f"}) == [1]


async def test_an_index_over_what_is_there_twice_is_refused(things: Collection) -> None:
    await kept(things, {"_id": 1, "a": 1}, {"_id": 2, "a": 1})
    with pytest.raises(DuplicateKeyError):
        await things.ensure_index(Index((("a", 1),), unique=True))
    await things.ensure_index(Index((("a", 1),)))
    with pytest.raises(OperationFailure):
        await things.ensure_index(Index((("a", 1),), partial={"a": 1}))


async def test_the_servers_clock_rises_and_is_one_for_one_bulk(things: Collection) -> None:
    moments: list[datetime] = []
    for _ in range(3):
        await things.upsert_many([Upsert({"_id": n}, [{"$set": {"at": "$$NOW"}}]) for n in range(3)])
        first, *others = [row["at"] for row in await things.find({})]
        assert others == [first, first]
        assert first.microsecond % 1000 == 0
        moments.append(first)
        await asyncio.sleep(0.005)
    assert moments == sorted(set(moments))


async def test_what_is_deleted_is_counted_and_gone(things: Collection) -> None:
    await kept(things, *({"_id": str(n), "gen": n} for n in range(5)))
    assert await things.delete({"gen": {"$lt": 3}}) == 3
    await things.delete_many_by_id(["3", "never"])
    assert await ids(things, {}) == ["4"]


async def test_a_ping_is_answered_and_a_dropped_database_is_empty(database: Database) -> None:
    things = database.collection("things")
    await kept(things, {"_id": 1})
    await database.ping()
    await database.drop()
    assert await things.count({}) == 0
    assert things.name == "things"
