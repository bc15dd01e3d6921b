"""On a replica set of three nothing is read that the loss of its primary could take back."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.store.mongo import Database, StoreError
from tests.faults.clusters import SIZE, MongoSet, mongo_set

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def members(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MongoSet]:
    async with mongo_set(tmp_path_factory.mktemp("set")) as made:
        yield made


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_what_only_the_primary_has_is_not_read(members: MongoSet, driver: str) -> None:
    database = Database.at(members.uri, f"kept_{driver}", driver=driver)
    things = database.collection("things")
    await things.insert_many([{"_id": "kept"}])
    primary = await members.leader()
    others = [number for number in range(SIZE) if number != primary]
    for number in others:
        members.signal(number, signal.SIGSTOP)
    try:
        writing = asyncio.create_task(things.insert_many([{"_id": "not yet"}]))
        await asyncio.sleep(1.0)
        assert not writing.done()
        assert await things.find_one({"_id": "not yet"}) is None
        assert [row["_id"] for row in await things.find({})] == ["kept"]
        assert [row["_id"] for row in await things.aggregate([{"$match": {}}])] == ["kept"]
    finally:
        for number in others:
            members.signal(number, signal.SIGCONT)
    try:
        assert await writing == [True]
    except StoreError:  # the set may have changed its primary meanwhile: then the caller tries again
        assert await things.insert_many([{"_id": "not yet"}]) in ([True], [False])
    assert await things.find_one({"_id": "not yet"}) is not None
    await database.close()
