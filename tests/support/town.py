"""The whole system with the demo campus, lived in for a while, once per session: for tests from outside."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import nats
import pytest

from deploy.demo.campus import PASSWORD, campus
from deploy.demo.people import Town
from deploy.demo.seed import seed
from deploy.local.settings import temporary_settings
from deploy.local.stack import Stack, running
from shared.bus.stream import STREAM
from tests.support.identities import key_file
from tests.support.lived import live


@dataclass(frozen=True, slots=True)
class Place:
    """Where the system is reached and keeps its things, and the password of its demo people."""

    origin: str
    directory: Path
    """Everything that the stack keeps."""
    ports: Mapping[str, int]
    """Where each part listens, the gateway among them."""
    publish: Callable[[str, bytes], None]
    """Puts bytes on the stream as `members` would: on a subject below `yizhan.members.`, well-formed or not."""
    webhook: str
    """The secret that signs what the outside system tells."""
    password: str = PASSWORD


class _Runner(threading.Thread):
    """Keeps a stack on an event loop of its own, so that tests of any style can use it."""

    def __init__(self, directory: Path) -> None:
        super().__init__(name="stack", daemon=True)
        self._directory = directory
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self.place: Future[Place] = Future()

    def run(self) -> None:
        self._loop.run_until_complete(self._keep())
        self._loop.close()

    async def _keep(self) -> None:
        try:
            key_file(self._directory.absolute() / "keys")
            async with running(temporary_settings(self._directory)) as stack:
                await self._seed(stack)
                self.place.set_result(self._place_of(stack))
                await self._over.wait()
        except Exception as error:
            if self.place.done():
                raise
            self.place.set_exception(error)

    def _place_of(self, stack: Stack) -> Place:
        def publish(subject: str, raw: bytes) -> None:
            asyncio.run_coroutine_threadsafe(_publish(stack, subject, raw), self._loop).result(timeout=20)

        return Place(stack.origin, self._directory, stack.settings.ports, publish, stack.secrets.webhook)

    async def _seed(self, stack: Stack) -> None:
        town = Town(stack.origin, PASSWORD)
        await seed(town, campus())
        await live(town)
        await town.close()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self.join(timeout=60)


async def _publish(stack: Stack, subject: str, raw: bytes) -> None:
    """Put bytes on the stream with the rights of `members`."""
    password = stack.secrets.broker["members"]
    client = await nats.connect(stack.urls["nats"], user="members", password=password, inbox_prefix="_INBOX_members")
    await client.jetstream().publish(subject, raw, stream=STREAM)
    await client.close()


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The running system with its demo campus."""
    runner = _Runner(tmp_path_factory.mktemp("stack"))
    runner.start()
    yield runner.place.result(timeout=180)
    runner.end()
