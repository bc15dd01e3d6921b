"""MongoDB of a local stack: nobody without a password reads anything, each service its own database only."""

import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from deploy.local.databases import start_walled_mongod
from deploy.local.errors import LocalError
from deploy.local.ports import free_port
from deploy.local.servers import Server, start_mongod
from deploy.local.settings import secrets_in
from deploy.mongo.provision import ROOT, database_of, with_login
from deploy.nats.topology import SERVICES

Client = AsyncMongoClient[dict[str, Any]]
PASSWORDS = {user: f"a/b+c=:@ {user}" for user in (*SERVICES, ROOT)}


async def start(directory: Path, port: int, passwords: dict[str, str] = PASSWORDS) -> Server:
    """Start it as a stack does."""
    return await start_walled_mongod(directory / "mongo", port, keyfile=directory / "keys" / "key", passwords=passwords)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stack's directory."""
    return tmp_path_factory.mktemp("walled")


@pytest.fixture
async def server(directory: Path) -> AsyncIterator[Server]:
    """A running MongoDB, on the same files and another port each time."""
    running = await start(directory, free_port())
    try:
        yield running
    finally:
        await running.stop()


def address_of(server: Server) -> str:
    return server.address.rpartition("@")[2].partition("/")[0]


async def test_each_service_reaches_its_own_database_and_no_other_and_nobody_reaches_any(server: Server) -> None:
    for service in SERVICES:
        async with Client(with_login(server.address, service, PASSWORDS[service])) as own:
            await own[database_of(service)]["things"].insert_one({"of": service})
            for other in {*map(database_of, SERVICES), "admin", "local", "config"} - {database_of(service)}:
                with pytest.raises(OperationFailure, match="not authorized"):
                    await own[other]["things"].find_one({})
                with pytest.raises(OperationFailure, match="not authorized"):
                    await own[other]["things"].insert_one({})
                with pytest.raises(OperationFailure, match="not authorized"):
                    await own[other].command("usersInfo", 1)
            for order in ("listDatabases", "shutdown", "replSetGetConfig", "serverStatus", "currentOp", "fsync"):
                if order == "listDatabases":
                    told = await own.admin.command("listDatabases")
                    assert [each["name"] for each in told["databases"]] == [database_of(service)]
                else:
                    with pytest.raises(OperationFailure, match="not authorized"):
                        await own.admin.command(order)
    async with Client(f"mongodb://{address_of(server)}/?directConnection=true") as nobody:
        for deed in (
            nobody.admin.command("listDatabases"),
            nobody[database_of("members")]["things"].find_one({}),
            nobody[database_of("members")]["things"].insert_one({}),
            nobody.admin.command("usersInfo", 1),
            nobody.admin.command("createUser", "me", pwd="me", roles=["root"]),
            nobody.admin.command("shutdown"),
            nobody.admin.command("replSetGetStatus"),
        ):
            with pytest.raises(OperationFailure, match="authentication"):
                await deed
    async with Client(with_login(server.address, "members", "guessed")) as guesser:
        with pytest.raises(OperationFailure, match="Authentication failed"):
            await guesser[database_of("members")]["things"].find_one({})


async def test_it_runs_no_scripts_and_unpacks_no_zlib(server: Server) -> None:
    async with Client(server.address) as root:
        with pytest.raises(OperationFailure, match=r"[Ss]cript"):
            await root["any"]["things"].find_one({"$where": "true"})
        told = await root.admin.command("getCmdLineOpts")
        assert told["parsed"]["net"]["compression"]["compressors"] == "snappy,zstd"
        assert (await root.admin.command({"hello": 1, "compression": ["zlib"]})).get("compression", []) == []


async def test_files_of_an_earlier_release_get_users_and_lose_nothing(tmp_path: Path) -> None:
    earlier = await start_mongod(tmp_path / "mongo", free_port())
    async with Client(earlier.address) as anybody:
        await anybody[database_of("requests")]["requests"].insert_many([{"_id": number} for number in range(50)])
    await earlier.stop()
    moved = await start(tmp_path, free_port())
    try:
        async with Client(with_login(moved.address, "requests", PASSWORDS["requests"])) as own:
            assert await own[database_of("requests")]["requests"].count_documents({}) == 50
        async with Client(f"mongodb://{address_of(moved)}/?directConnection=true") as nobody:
            with pytest.raises(OperationFailure, match="authentication"):
                await nobody[database_of("requests")]["requests"].find_one({})
    finally:
        await moved.stop()


async def test_the_same_port_again_and_a_start_that_was_interrupted_behind_its_first_step(tmp_path: Path) -> None:
    port = free_port()
    earlier = await start_mongod(tmp_path / "mongo", port)
    await earlier.stop()
    await (await start(tmp_path, port)).stop()
    (tmp_path / "mongo" / "users-made").unlink()
    again = await start(tmp_path, port, {**PASSWORDS, "members": "another"})
    try:
        async with Client(with_login(again.address, "members", "another")) as own:
            assert await own[database_of("members")]["things"].find_one({}) is None
    finally:
        await again.stop()


async def test_files_with_other_passwords_are_left_alone_and_the_start_says_so(tmp_path: Path) -> None:
    port = free_port()
    await (await start(tmp_path, port)).stop()
    (tmp_path / "mongo" / "users-made").unlink()
    with pytest.raises(LocalError, match=r"other passwords than those in keys/secrets\.json"):
        await start(tmp_path, port, {**PASSWORDS, ROOT: "lost"})


def test_secrets_of_an_earlier_release_stay_and_get_what_is_new(tmp_path: Path) -> None:
    first = secrets_in(tmp_path)
    path = tmp_path / "keys" / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = json.loads(path.read_text())
    del kept["mongo"]
    path.write_text(json.dumps(kept))
    second = secrets_in(tmp_path)
    assert (second.broker, second.webhook, second.open311_key) == (first.broker, first.webhook, first.open311_key)
    assert set(second.mongo) == {*SERVICES, ROOT}
    assert second.mongo != first.mongo
    assert secrets_in(tmp_path) == second
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
