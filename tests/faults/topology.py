"""What a fault needs to stand: a stack on free ports, alone or on a cluster, behind proxies, or on a small disk."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient

from deploy.demo.loop import settings_in
from deploy.local.settings import StackSettings
from deploy.local.stack import Stack, running
from deploy.nats.topology import STREAM
from tests.faults.clusters import SIZE, MongoSet, NatsCluster, mongo_set, nats_cluster
from tests.faults.proxy import Proxy
from tests.support.streams import stream_of

BEHIND = "requests"
"""The service whose links go through proxies."""

DISK_MB = 48
QUOTA = 2_000_000
"""Bytes of events that the broker may keep: the campus takes two thirds of it."""


class NotHere(Exception):  # noqa: N818 - a fact about the machine, not an error
    """This machine cannot do the fault; the text says why."""


@dataclass
class Scene:
    """A running stack and what a fault may touch."""

    stack: Stack
    nats: NatsCluster | None = None
    mongo: MongoSet | None = None
    proxies: Mapping[str, Proxy] = field(default_factory=dict)
    disk: Path | None = None

    async def stored(self) -> int:
        """Return how many requests the store holds."""
        async with AsyncMongoClient[dict[str, Any]](self.stack.urls["mongo"]) as client:
            return await client["yizhan_requests"]["requests"].count_documents({})

    async def stream_bytes(self) -> int:
        """Return how much the broker keeps."""
        async with stream_of(self.stack) as stream:
            return (await stream.stream_info(STREAM)).state.bytes

    async def unsent(self) -> int:
        """Return how many documents still hold facts that were not published."""
        async with AsyncMongoClient[dict[str, Any]](self.stack.urls["mongo"]) as client:
            left = 0
            for database in ("members", "activities", "requests"):
                kept = client[f"yizhan_{database}"]
                for name in await kept.list_collection_names():
                    left += await kept[name].count_documents({"outbox.0": {"$exists": True}})
            return left

    async def all_sent(self, patience: float) -> int:
        """Wait until every outbox is empty; return how many are not."""
        ends = asyncio.get_running_loop().time() + patience
        while (left := await self.unsent()) and asyncio.get_running_loop().time() < ends:  # noqa: ASYNC110 - another's store
            await asyncio.sleep(0.5)
        return left


Topology = Callable[[Path], AbstractAsyncContextManager[Scene]]


@contextlib.asynccontextmanager
async def alone(directory: Path) -> AsyncIterator[Scene]:
    """One of everything."""
    async with running(settings_in(directory)) as stack:
        yield Scene(stack)


@contextlib.asynccontextmanager
async def on_a_nats_cluster(directory: Path) -> AsyncIterator[Scene]:
    """A cluster of three brokers that keep three copies."""
    async with nats_cluster(directory / "cluster") as cluster:
        settings = replace(settings_in(directory), nats_url=cluster.url, nats_replicas=SIZE)
        async with running(settings) as stack:
            yield Scene(stack, nats=cluster)


@contextlib.asynccontextmanager
async def on_a_mongo_set(directory: Path) -> AsyncIterator[Scene]:
    """A MongoDB replica set of three."""
    async with (
        mongo_set(directory / "set") as made,
        running(replace(settings_in(directory), mongodb_uri=made.uri)) as stack,
    ):
        yield Scene(stack, mongo=made)


@contextlib.asynccontextmanager
async def on_both_clusters(directory: Path) -> AsyncIterator[Scene]:
    """Three brokers and three members of MongoDB."""
    async with nats_cluster(directory / "cluster") as cluster, mongo_set(directory / "set") as made:
        settings = replace(settings_in(directory), nats_url=cluster.url, nats_replicas=SIZE, mongodb_uri=made.uri)
        async with running(settings) as stack:
            yield Scene(stack, nats=cluster, mongo=made)


@contextlib.asynccontextmanager
async def behind_proxies(directory: Path) -> AsyncIterator[Scene]:
    """One of everything; one service reaches the broker and MongoDB through a proxy each."""
    settings = settings_in(directory)
    proxies = {name: await Proxy(settings.ports[name]).start() for name in ("nats", "mongo")}
    try:
        async with running(_through(settings, proxies)) as stack:
            yield Scene(stack, proxies=proxies)
    finally:
        for proxy in proxies.values():
            proxy.speak()
            await proxy.stop()


def _through(settings: StackSettings, proxies: Mapping[str, Proxy]) -> StackSettings:
    own = {
        "nats": f"nats://127.0.0.1:{proxies['nats'].port}",
        # A direct connection: by the replica set's own list the driver would go around the proxy.
        "mongo": f"mongodb://127.0.0.1:{proxies['mongo'].port}/?directConnection=true",
    }
    return replace(settings, addresses_of={BEHIND: own})


@contextlib.asynccontextmanager
async def with_a_quota(directory: Path) -> AsyncIterator[Scene]:
    """One of everything; the broker may keep only so much."""
    async with running(replace(settings_in(directory), broker_bytes=QUOTA)) as stack:
        yield Scene(stack)


@contextlib.asynccontextmanager
async def on_a_small_disk(directory: Path) -> AsyncIterator[Scene]:
    """The broker's files on a small file system of their own."""
    disk = directory / "nats"
    disk.mkdir(parents=True)
    _run_or_say("mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(disk))
    try:
        async with running(settings_in(directory)) as stack:
            yield Scene(stack, disk=disk)
    finally:
        _run_or_say("umount", "--lazy", str(disk))


def _run_or_say(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"this machine does not let us {argv[0]} a small file system: {done.stderr.strip()}"
        raise NotHere(msg)
