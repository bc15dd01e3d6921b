"""Several real servers as one: a NATS cluster and a MongoDB replica set, whose members can be lost and returned."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import nats
from nats.errors import Error as NatsError
from nats.js.api import StreamConfig
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from deploy.local.parts import Launch
from deploy.local.ports import HOST, free_port
from deploy.local.servers import REPLICA_SET, Server, start_mongod, start_nats
from shared.bus.stream import STREAM

SIZE = 3
READY_S = 60.0


class Members:
    """The servers of one cluster, by number."""

    def __init__(self, launches: list[Launch]) -> None:
        self._launches = launches
        self._running: dict[int, Server] = {}

    async def start(self) -> None:
        await asyncio.gather(*(self.resume(number) for number in range(len(self._launches))))

    async def stop(self) -> None:
        """End every member at once: what they hold is thrown away, and a polite end takes a replica set 15 s."""
        for number in list(self._running):
            await self.kill(number)

    async def kill(self, number: int) -> None:
        server = self._running.pop(number)
        server.process.kill()
        await server.process.wait()

    async def resume(self, number: int) -> None:
        self._running[number] = await self._launches[number]()

    def signal(self, number: int, signum: int) -> None:
        self._running[number].process.send_signal(signum)


class NatsCluster(Members):
    """Brokers that keep every event three times."""

    def __init__(self, directory: Path) -> None:
        ports = [free_port() for _ in range(SIZE)]
        between = [free_port() for _ in range(SIZE)]
        routes = [f"nats://{HOST}:{port}" for port in between]
        self.url = ",".join(f"nats://{HOST}:{port}" for port in ports)
        super().__init__([self._launch(directory, n, ports[n], between[n], routes) for n in range(SIZE)])

    def _launch(self, directory: Path, number: int, port: int, between: int, routes: list[str]) -> Launch:
        block = f"cluster {{ name: yizhan, listen: {HOST}:{between}, routes: {json.dumps(routes)} }}\n"
        more = f"server_name: {_name(number)}\n{block}"
        return partial(start_nats, directory / _name(number), port, more=more)

    async def wait_until_whole(self) -> None:
        """Wait until the cluster has a leader and takes a stream with a copy on every member."""

        async def takes_three_copies() -> bool:
            connection = await self._connect()
            try:
                wanted = StreamConfig(name="READY", subjects=["ready"], num_replicas=SIZE)
                await connection.jetstream().add_stream(wanted)
                return await connection.jetstream().delete_stream("READY")
            finally:
                await connection.close()

        await _until(takes_three_copies)

    async def leader(self) -> int:
        """Return the member that leads our stream, waiting while there is none."""
        found: list[str] = []

        async def leads() -> bool:
            connection = await self._connect()
            try:
                info = await connection.jetstream().stream_info(STREAM)
            finally:
                await connection.close()
            found.append(str(info.cluster and info.cluster.leader))
            return found[-1] in names

        names = [_name(number) for number in range(SIZE)]
        await _until(leads)
        return names.index(found[-1])

    async def _connect(self) -> Any:
        urls = self.url.split(",")
        return await nats.connect(urls, allow_reconnect=False, connect_timeout=2, error_cb=_say_nothing)


class MongoSet(Members):
    """A replica set: a write is acknowledged when most members have it."""

    def __init__(self, directory: Path) -> None:
        self.ports = [free_port() for _ in range(SIZE)]
        self.hosts = [f"{HOST}:{port}" for port in self.ports]
        self.uri = f"mongodb://{','.join(self.hosts)}/?replicaSet={REPLICA_SET}"
        start = partial(start_mongod, cache_gb=0.25, alone=False)
        super().__init__([partial(start, directory / f"mongo{n}", port) for n, port in enumerate(self.ports)])

    async def begin(self) -> None:
        """Begin the set and wait for its primary."""
        members = [{"_id": number, "host": host} for number, host in enumerate(self.hosts)]
        async with AsyncMongoClient[dict[str, Any]](self.hosts[0], directConnection=True) as client:
            await client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})

        await self.leader()

    async def leader(self) -> int:
        """Return the member that takes writes, waiting while there is none."""
        found: list[int | None] = []

        async def leads() -> bool:
            found.append(await self.primary())
            return found[-1] is not None

        await _until(leads)
        member = found[-1]
        assert member is not None, "it was just found"
        return member

    async def primary(self) -> int | None:
        """Return the member that takes writes, or None while there is none."""
        async with AsyncMongoClient[dict[str, Any]](self.uri, serverSelectionTimeoutMS=1000) as client:
            try:
                await client.admin.command("ping")
                address = await client.address
            except PyMongoError:
                return None
        return None if address is None else self.ports.index(address[1])


@contextlib.asynccontextmanager
async def nats_cluster(directory: Path) -> AsyncIterator[NatsCluster]:
    """Run a cluster of brokers for the length of the block."""
    cluster = NatsCluster(directory)
    try:
        await cluster.start()
        await cluster.wait_until_whole()
        yield cluster
    finally:
        await cluster.stop()


@contextlib.asynccontextmanager
async def mongo_set(directory: Path) -> AsyncIterator[MongoSet]:
    """Run a replica set for the length of the block."""
    made = MongoSet(directory)
    try:
        await made.start()
        await made.begin()
        yield made
    finally:
        await made.stop()


async def _say_nothing(_error: Exception) -> None:
    """A member that is lost is what we came for."""


def _name(number: int) -> str:
    return f"nats{number}"


async def _until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(READY_S):
        while True:
            with contextlib.suppress(NatsError, OSError):
                if await holds():
                    return
            await asyncio.sleep(0.2)
