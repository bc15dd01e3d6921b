"""What every service's store is made of: rows that merge, and pages of a list, on each of the stores."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from types import SimpleNamespace
from typing import Any

import pytest

from shared.keyset import Key, Order, PageQuery
from shared.store.document import Document
from shared.store.merging import News, merge_newer
from shared.store.mongo import Database
from tests.contract.stores import STORES, opened

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATEST = Order((Key("at", datetime, descending=True), Key("_id", str)))


@pytest.fixture(params=STORES)
async def database(request: pytest.FixtureRequest, mongodb_uri: str) -> AsyncIterator[Database]:
    async with opened(request.param, mongodb_uri) as database:
        yield database


async def test_the_latest_news_counts_in_any_order_and_number(database: Database) -> None:
    news = [News("a", version, {"name": f"${version}", "left": version == 3}) for version in (1, 2, 3)]
    for number, order in enumerate(permutations([*news, News("b", 1, {})])):
        one_by_one, at_once = database.collection(f"one{number}"), database.collection(f"all{number}")
        for one in order:
            await merge_newer(one_by_one, [one])
        await merge_newer(at_once, [*order, *news[:2]])
        await merge_newer(at_once, [])
        expected = [{"_id": "a", "name": "$3", "left": True, "version": 3}, {"_id": "b", "version": 1}]
        for rows in (one_by_one, at_once):
            assert await rows.find({}, sort=[("_id", 1)]) == expected


async def test_news_may_be_numbered_otherwise_and_tell_when_it_came(database: Database) -> None:
    rows = database.collection("rows")
    await merge_newer(rows, [News("a", 4, {"by": "x"})], version="below", touched="learnt_at")
    [first] = await rows.find({})
    assert (first["below"], first["by"], "version" in first) == (4, "x", False)
    await merge_newer(rows, [News("a", 4, {"by": "y"})], version="below", touched="learnt_at")
    assert await rows.find({}) == [first]
    await merge_newer(rows, [News("a", 5, {"by": "z"})], version="below", touched="learnt_at")
    [last] = await rows.find({})
    assert (last["by"], last["learnt_at"] >= first["learnt_at"]) == ("z", True)


@pytest.mark.parametrize("where", [{}, {"kept": True}])
async def test_pages_of_a_list_follow_each_other_to_the_end(database: Database, where: dict[str, Any]) -> None:
    rows = database.collection("rows")
    told = [{"_id": f"r{n}", "at": NOW - timedelta(hours=n // 2), "kept": True} for n in range(5)]
    await rows.insert_many([*told, {"_id": "r9", "at": NOW, "kept": not where}])
    expected = [*["r0", "r1", *([] if where else ["r9"])], "r2", "r3", "r4"]
    found: list[str] = []
    page = PageQuery(None, 2)
    while True:
        part = (await LATEST.page(rows.find, where, page)).map(lambda row: row["_id"])
        assert 0 < len(part.items) <= 2
        found += part.items
        if part.next_cursor is None:
            break
        page = LATEST.query(part.next_cursor, 2)
    assert found == expected


def test_the_cursor_of_a_document_is_read_along_the_paths_of_its_order() -> None:
    order = Order((Key("state.at", datetime), Key("_id", str)))
    found = [Document(f"d{n}", 1, SimpleNamespace(at=NOW)) for n in range(2)]
    assert order.cut(found, 1).next_cursor == order.cursor(NOW, "d0")
    assert order.cut(found, 2).next_cursor is None
