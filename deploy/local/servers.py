"""Real servers on given ports and directories: NATS with JetStream, MongoDB as a replica set of one, the gateway.

Each is an async context manager that yields its address once it is ready and ends it cleanly; `start_*` give the
process itself to those who restart it. None of them outlives the process that started it.
"""

import asyncio
import contextlib
import json
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.binaries import caddy_binary, mongod_program, nats_server_binary
from deploy.local.children import ready, spawn, stop
from deploy.local.errors import LocalError
from deploy.local.ports import HOST, free_port, listening, require_free

__all__ = ["Server", "caddy", "free_port", "mongod", "nats_server", "start_caddy", "start_mongod", "start_nats"]

REPLICA_SET = "yizhan"
STORE = "jetstream"
ADOPT = Path(__file__).parents[1] / "nats" / "adopt.sh"
ALREADY_INITIATED = 23


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its process, the address that clients use, and its log."""

    process: asyncio.subprocess.Process
    address: str
    log: Path
    stop_signal: int = signal.SIGTERM

    async def stop(self) -> int:
        """End it cleanly and return its exit status."""
        return await stop(self.process, signum=self.stop_signal)


def nats_config(port: int, *, sync_interval: str = "always", most_bytes: int | None = None) -> str:
    """Return the broker's configuration: JetStream on files, synced as `sync_interval` says ("always", "2m").

    Its files are named from the directory in which it is started, so that no path has to be written in the broker's
    own notation. `most_bytes` is the most that it keeps; without it, what the disk holds.
    """
    store = f'store_dir: "{STORE}", sync_interval: {sync_interval}'
    if most_bytes is not None:
        store += f", max_file_store: {most_bytes}"
    lines = (
        f'listen: "{HOST}:{port}"',
        f"jetstream {{ {store} }}",
        "max_payload: 1MB",
    )
    return "\n".join(lines) + "\n"


async def start_nats(
    directory: Path,
    port: int,
    *,
    sync_interval: str = "always",
    most_bytes: int | None = None,
    permissions: str | None = None,
    more: str = "",
    log: Path | None = None,
) -> Server:
    """Start the broker on `port`, with its files in `directory`.

    `permissions` is the text of an `authorization` block (see `deploy.nats.permissions`); without it everybody may do
    everything, which is what tests want. `more` is further configuration, such as a `cluster` block.
    """
    require_free(port, "NATS", "YIZHAN_NATS_PORT")
    directory = _made(directory)
    written = nats_config(port, sync_interval=sync_interval, most_bytes=most_bytes)
    if permissions is not None:
        _adopt(directory / STORE)
    (directory / "nats.conf").write_text(written + (permissions or "") + more, encoding="utf-8")
    log = log or directory / "nats.log"
    process = await spawn_logged([nats_server_binary(), "-c", "nats.conf"], log, cwd=directory)
    server = Server(process, f"nats://{HOST}:{port}", log)

    async def greets() -> bool:
        return await _nats_greets(port)

    await _ready_or_stop("NATS", greets, server)
    return server


async def start_mongod(
    directory: Path,
    port: int,
    *,
    cache_gb: float = 0.5,
    log: Path | None = None,
    options: Sequence[str] = (),
    alone: bool = True,
    replicated: bool = True,
    login: tuple[str, str] | None = None,
) -> Server:
    """Start MongoDB on `port` as the primary of a replica set of one, with its files in `directory`.

    `options` are handed to the server as they are; `login` is the administrator, where it has one. One that is not
    `alone` is a member of a larger set, which whoever starts the members begins; it is ready as soon as it listens, as
    is one that is not `replicated`. It runs no scripts, and does not unpack zlib, in which releases up to 6.0.26 told
    what was left in their memory (CVE-2025-14847).
    """
    require_free(port, "MongoDB", "YIZHAN_MONGO_PORT")
    directory = _made(directory)
    _made(directory / "db")
    log = log or directory / "mongod.log"
    program = mongod_program()
    argv: list[str | Path] = [
        program.path,
        "--dbpath",
        "db",
        "--port",
        str(port),
        "--bind_ip",
        HOST,
        "--noscripting",
        "--networkMessageCompressors",
        "snappy,zstd",
    ]
    if replicated:
        argv += ["--replSet", REPLICA_SET]
    argv += ["--wiredTigerCacheSizeGB", str(cache_gb), "--oplogSize", "256", "--nounixsocket", "--quiet", *options]
    process = await spawn_logged(argv, log, env=program.environment_in(directory), cwd=directory)
    server = Server(process, mongo_address(port, login), log)

    async def is_ready() -> bool:
        return await _mongo_primary(port, login) if alone and replicated else listening(port)

    await _ready_or_stop("MongoDB", is_ready, server)
    return server


def mongo_address(port: int, login: tuple[str, str] | None = None) -> str:
    """Return the address of the replica set on `port`, for this administrator or for anybody."""
    user = f"{login[0]}:{quote_plus(login[1])}@" if login else ""
    source = "&authSource=admin" if login else ""
    return f"mongodb://{user}{HOST}:{port}/?replicaSet={REPLICA_SET}{source}"


async def start_caddy(
    caddyfile: Path, directory: Path, port: int, *, web: Path, env: Mapping[str, str], log: Path | None = None
) -> Server:
    """Start the gateway of `caddyfile` over the pages in `web`.

    It must listen on `port`; `env` is its whole environment. It is started in `web`, which is then `.` in its
    configuration, whatever the characters of the path.
    """
    require_free(port, "the gateway", "YIZHAN_PORT")
    directory = _made(directory)
    served = _served(web, directory)
    log = log or directory / "caddy.log"
    argv = [caddy_binary(), "run", "--config", caddyfile, "--adapter", "caddyfile"]
    home = {"XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory), "HOME": str(directory)}
    process = await spawn_logged(argv, log, env={**env, **home, "YIZHAN_WEB": "."}, cwd=served)
    server = Server(process, f"http://{HOST}:{port}", log)

    async def listens() -> bool:
        return listening(port)

    await _ready_or_stop("the gateway", listens, server)
    return server


@contextlib.asynccontextmanager
async def nats_server(
    directory: Path, port: int | None = None, *, sync_interval: str = "always", permissions: str | None = None
) -> AsyncIterator[str]:
    """Run the broker for the length of the block; yields its URL."""
    server = await start_nats(directory, port or free_port(), sync_interval=sync_interval, permissions=permissions)
    try:
        yield server.address
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def mongod(directory: Path, port: int | None = None, *, cache_gb: float = 0.5) -> AsyncIterator[str]:
    """Run MongoDB for the length of the block; yields its URI."""
    server = await start_mongod(directory, port or free_port(), cache_gb=cache_gb)
    try:
        yield server.address
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def caddy(
    caddyfile: Path, directory: Path, port: int, *, web: Path, env: Mapping[str, str]
) -> AsyncIterator[str]:
    """Run the gateway for the length of the block; yields its origin."""
    server = await start_caddy(caddyfile, directory, port, web=web, env=env)
    try:
        yield server.address
    finally:
        await server.stop()


def _adopt(store: Path) -> None:
    """Give the record of an earlier release an account of its own.

    Raises:
        LocalError: when two releases kept one.
    """
    done = subprocess.run(["sh", ADOPT, store], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalError(done.stderr.strip())


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory.absolute()


def _served(web: Path, directory: Path) -> Path:
    return web.absolute() if web.is_dir() else _made(directory / "no-pages-yet")


async def spawn_logged(
    argv: list[str | Path], log: Path, *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> asyncio.subprocess.Process:
    """Start a child that dies with us and writes to the end of `log`."""
    _made(log.parent)
    with log.open("ab") as sink:
        return await spawn(argv, env=env, cwd=cwd, stdout=sink.fileno())


async def _ready_or_stop(name: str, probe: Callable[[], Awaitable[bool]], server: Server) -> None:
    try:
        await ready(name, probe, process=server.process, log=server.log)
    except BaseException:
        await server.stop()
        raise


async def _nats_greets(port: int) -> bool:
    """The broker is ready when it answers PING with PONG, or asks us to sign in, and JetStream is on."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    try:
        line = await asyncio.wait_for(reader.readline(), 2)
        return line.startswith(b"INFO ") and bool(json.loads(line[5:]).get("jetstream"))
    except (OSError, ValueError, TimeoutError):
        return False
    finally:
        writer.close()


async def _mongo_primary(port: int, login: tuple[str, str] | None = None) -> bool:
    """Say whether the server on `port` is a writable primary; while it is not, make it the set's only member."""
    if not listening(port):
        return False
    user, password = login or (None, None)
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(
        HOST, port, username=user, password=password, directConnection=True, serverSelectionTimeoutMS=2000
    )
    try:
        hello = await client.admin.command("hello")
        if hello.get("isWritablePrimary"):
            return True
        await _claim_replica_set(client, f"{HOST}:{port}")
    except PyMongoError:
        return False
    finally:
        await client.close()
    return False


async def _claim_replica_set(client: AsyncMongoClient[dict[str, object]], address: str) -> None:
    """Begin the replica set, or move it here when its files were last served at another address."""
    members = [{"_id": 0, "host": address}]
    try:
        await client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    except OperationFailure as error:
        if error.code != ALREADY_INITIATED:
            raise
        config = (await client.admin.command("replSetGetConfig"))["config"]
        if config["members"][0]["host"] != address:
            config["members"] = members
            config["version"] += 1
            await client.admin.command("replSetReconfig", config, force=True)
