"""Everything on one machine, in order: broker, MongoDB, provisioning, repair system, four services, gateway.

A part that ends by itself makes `crashed()` return; whoever runs the stack then stops the rest. Tests may kill, stop
and start single parts.
"""

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from deploy.local.children import tail
from deploy.local.errors import LocalError
from deploy.local.parts import (
    Launch,
    gateway_launch,
    mongo_launch,
    nats_launch,
    repairs_launch,
    service_launch,
    task_launch,
)
from deploy.local.ports import require_free
from deploy.local.servers import Server
from deploy.local.settings import StackSettings, port_variable, secrets_in, temporary_settings
from deploy.nats.migrate import MigrationError
from deploy.nats.provision import provision_at
from deploy.nats.topology import BOOTSTRAP, SERVICES

Say = Callable[[str], None]

LOG_KEPT_BYTES = 20_000_000


def quiet(_text: str) -> None:
    """Say nothing."""


class Stack:
    """The parts of one stack by name, from broker to gateway."""

    def __init__(self, settings: StackSettings, *, say: Say = quiet) -> None:
        """Prepare a stack; nothing starts yet. `say` hears of each step, in words for people."""
        self.settings = settings
        self.secrets = secrets_in(settings.directory)
        self._say = say
        self._launches: dict[str, Launch] = {}
        self._running: dict[str, Server] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._crash: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._urls: dict[str, str] = {}

    @property
    def origin(self) -> str:
        """Return the address of the gateway, where everything is reached."""
        return self.settings.origin

    @property
    def urls(self) -> Mapping[str, str]:
        """Return the addresses of the broker ("nats") and of MongoDB ("mongo")."""
        return self._urls

    @property
    def broker_login(self) -> tuple[str | None, str | None]:
        """Return user and password of the broker's bootstrap user, who may read the stream's state."""
        if self.settings.nats_url is not None:
            return self.settings.nats_user, self.settings.nats_password
        return BOOTSTRAP, self.secrets.broker[BOOTSTRAP]

    @property
    def names(self) -> list[str]:
        """Return the names of the parts that we run, in the order of their start."""
        return list(self._launches)

    def server(self, name: str) -> Server:
        """Return a running part."""
        return self._running[name]

    async def start(self) -> None:
        """Start every part in order, each when those before it are ready.

        Raises:
            LocalError: when a port is taken, a library is missing or a part does not become ready; all is stopped then.
        """
        _rotate(self.settings.logs)
        self._require_ports()
        try:
            await self.start_servers()
            await self._provision()
            await self._start_services()
            self._launches["gateway"] = gateway_launch(self.settings)
            await self.resume("gateway")
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop every part in reverse order, services side by side."""
        for watcher in self._watchers.values():
            watcher.cancel()
        self._watchers.clear()
        first = [name for name in self._running if name not in {"nats", "mongo"}]
        await asyncio.gather(*(self._running.pop(name).stop() for name in first))
        await asyncio.gather(*(self._running.pop(name).stop() for name in list(self._running)))

    async def crashed(self) -> str:
        """Wait until a part ends that nobody asked to end; returns words about it."""
        return await asyncio.shield(self._crash)

    async def kill(self, name: str, signum: int = signal.SIGKILL) -> None:
        """End a part by a signal and leave it ended; for tests of faults."""
        server = self._forget(name)
        with contextlib.suppress(ProcessLookupError):
            server.process.send_signal(signum)
        await server.process.wait()

    async def resume(self, name: str) -> None:
        """Start a part that is not running, and wait until it is ready."""
        server = await self._launches[name]()
        self._running[name] = server
        self._watchers[name] = asyncio.create_task(self._watch(name, server))

    async def restart(self, name: str, signum: int = signal.SIGTERM) -> None:
        """End a part by a signal and start it again."""
        await self.kill(name, signum)
        await self.resume(name)

    async def run_beside(self, name: str, module: str, *arguments: str) -> None:
        """Start a program of the demo beside the stack; it may end by itself."""
        self._launches[name] = task_launch(self.settings, name, module, *arguments)
        self._running[name] = await self._launches[name]()

    async def run_through(self, name: str, module: str, *arguments: str) -> None:
        """Run a program of the demo to its end.

        Raises:
            LocalError: when it ends with another status than 0; with the end of its log.
        """
        server = await task_launch(self.settings, name, module, *arguments)()
        try:
            if status := await server.process.wait():
                msg = f"{name} ended with status {status}.{tail(server.log)}"
                raise LocalError(msg)
        finally:
            await server.stop()

    def _require_ports(self) -> None:
        given = {"nats": self.settings.nats_url, "mongo": self.settings.mongodb_uri}
        for name, port in self.settings.ports.items():
            if not given.get(name):
                require_free(port, name, port_variable(name))

    async def start_servers(self) -> None:
        """Start the broker and MongoDB, unless those of others are used."""
        settings = self.settings
        own: list[str] = []
        if settings.nats_url is None:
            self._launches["nats"] = nats_launch(settings, self.secrets)
            own.append("nats")
        else:
            self._say("Using the NATS server of NATS_URL; it is neither started nor stopped here.")
        if settings.mongodb_uri is None:
            self._launches["mongo"] = mongo_launch(settings, self.secrets)
            own.append("mongo")
        else:
            self._say("Using the MongoDB of MONGODB_URI; it is neither started nor stopped here.")
        if own:
            self._say("Starting " + " and ".join({"nats": "NATS", "mongo": "MongoDB"}[name] for name in own) + " ...")
        await self._resume_all(own)
        self._urls = {
            "nats": settings.nats_url or self._running["nats"].address,
            "mongo": settings.mongodb_uri or self._running["mongo"].address,
        }

    async def _provision(self) -> None:
        user, password = self.broker_login
        try:
            report = await provision_at(
                self._urls["nats"],
                user=user,
                password=password,
                replicas=self.settings.nats_replicas,
                say=self._say,
            )
        except MigrationError as error:
            raise LocalError(str(error)) from error
        self._say(f"Stream and durables: {report}.")

    async def _start_services(self) -> None:
        self._say("Starting members, activities, requests, reporting and the demo repair system ...")
        self._launches["repairs"] = repairs_launch(self.settings, self.secrets)
        for service in SERVICES:
            urls = {**self._urls, **self.settings.addresses_of.get(service, {})}
            self._launches[service] = service_launch(self.settings, self.secrets, service, urls)
        await self._resume_all(["repairs", *SERVICES])

    async def _resume_all(self, names: list[str]) -> None:
        """Start parts side by side; when one fails, the others are given up."""
        tasks = [asyncio.create_task(self.resume(name)) for name in names]
        try:
            await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise

    def _forget(self, name: str) -> Server:
        if name in self._watchers:
            self._watchers.pop(name).cancel()
        return self._running.pop(name)

    async def _watch(self, name: str, server: Server) -> None:
        status = await server.process.wait()
        if not self._crash.done():
            self._crash.set_result(f"{name} ended by itself with status {status}.{tail(server.log)}")


@contextlib.asynccontextmanager
async def servers(settings: StackSettings, *, say: Say = quiet) -> AsyncIterator[Stack]:
    """Run the broker and MongoDB alone for the length of the block, without a service that uses them."""
    stack = Stack(settings, say=say)
    try:
        await stack.start_servers()
        yield stack
    finally:
        await stack.stop()


@contextlib.asynccontextmanager
async def running(settings: StackSettings, *, say: Say = quiet) -> AsyncIterator[Stack]:
    """Run a stack for the length of the block."""
    stack = Stack(settings, say=say)
    await stack.start()
    try:
        yield stack
    finally:
        await stack.stop()


@contextlib.asynccontextmanager
async def temporary(*, say: Say = quiet, repair_seconds: float = 1.0) -> AsyncIterator[Stack]:
    """Run a stack on free ports, in a directory that is removed afterwards, for the length of the block."""
    with tempfile.TemporaryDirectory(prefix="yizhan-", ignore_cleanup_errors=True) as directory:
        async with running(temporary_settings(Path(directory), repair_seconds=repair_seconds), say=say) as stack:
            yield stack


def _rotate(logs: Path) -> None:
    """Keep one earlier generation of a log that has grown large."""
    logs.mkdir(parents=True, exist_ok=True)
    for log in logs.glob("*.log"):
        if log.stat().st_size > LOG_KEPT_BYTES:
            log.replace(log.with_suffix(".log.1"))
