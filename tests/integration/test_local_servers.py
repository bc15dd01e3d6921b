"""The servers that tests and `make up` start are real, ready when said, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import nats
import pytest
from pymongo import AsyncMongoClient

from deploy.local.binaries import Program, missing_libraries, mongod_program, with_carried_curl
from deploy.local.errors import LocalError
from deploy.local.ports import free_port, listening
from deploy.local.servers import mongod, nats_server

ROOT = Path(__file__).parents[2]
PARENT = """
import asyncio, pathlib, sys
from deploy.local.servers import nats_server, mongod

async def main():
    root = pathlib.Path(sys.argv[1])
    async with nats_server(root / "nats", int(sys.argv[2])), mongod(root / "mongo", int(sys.argv[3])):
        print("ready", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_the_broker_has_jetstream(nats_url: str) -> None:
    connection = await nats.connect(nats_url)
    try:
        info = await connection.jetstream().account_info()
        assert info.limits.max_storage != 0
    finally:
        await connection.close()


async def test_mongodb_is_the_writable_primary_of_a_replica_set(mongodb_uri: str) -> None:
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(mongodb_uri)
    try:
        hello = await client.admin.command("hello")
        assert hello["isWritablePrimary"]
        assert hello["setName"]
    finally:
        await client.close()


async def test_data_is_kept_between_two_starts_even_on_another_port(tmp_path: Path) -> None:
    for turn in range(2):
        async with mongod(tmp_path, free_port()) as uri:
            client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(uri)
            try:
                things = client["kept"]["things"]
                assert await things.count_documents({}) == turn
                await things.insert_one({"turn": turn})
            finally:
                await client.close()


async def test_no_server_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    ports = [free_port(), free_port()]
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        textwrap.dedent(PARENT),
        str(tmp_path),
        *map(str, ports),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert parent.stdout is not None
    assert await asyncio.wait_for(parent.stdout.readline(), 60) == b"ready\n"
    assert all(listening(port) for port in ports)
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    for _ in range(100):
        if not any(listening(port) for port in ports):
            return
        await asyncio.sleep(0.1)
    pytest.fail("a server was left behind")


async def test_a_taken_port_is_said_in_clear_words(nats_url: str, tmp_path: Path) -> None:
    port = int(nats_url.rsplit(":", 1)[1].strip("/"))
    with pytest.raises(LocalError, match=rf"Port {port} is taken, and NATS needs it[^Z]*YIZHAN_NATS_PORT=<port>"):
        async with nats_server(tmp_path, port):
            pytest.fail("it started twice on one port")


async def test_a_server_that_cannot_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"(?s)NATS ended with status 1 .*The end of .*nats\.log"):
        async with nats_server(tmp_path, free_port(), permissions="this is no configuration {"):
            pytest.fail("it started with a garbled configuration")


def test_a_system_without_libcurl_is_served_by_the_one_that_a_wheel_carries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also from a directory whose name the loader would take for several: it has no way to write such a path."""
    path = mongod_program().path
    strange = tmp_path / "驿站; a:b $ORIGIN"
    strange.symlink_to(sysconfig.get_path("platlib"))
    monkeypatch.setattr("deploy.local.binaries.sysconfig.get_path", lambda _: str(strange))
    program = with_carried_curl(Program(path, {"PATH": os.environ["PATH"]}))
    assert missing_libraries(program) == []
    loaded = subprocess.run(
        [program.path, "--version"],
        env={**program.environment_in(tmp_path), "LD_DEBUG": "libs"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "db version" in loaded.stdout
    begun = [line.rpartition("calling init: ")[2] for line in loaded.stderr.splitlines()]
    assert [path for path in begun if path.endswith("libraries/libcurl.so.4")] != []
