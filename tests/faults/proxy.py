"""A TCP proxy of this machine whose link can be cut, go silent, or become slow; between a service and a server."""

import asyncio
import contextlib
import random
import socket
import struct
from dataclasses import dataclass
from typing import Self

from deploy.local.ports import HOST

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for zero seconds: closing resets the connection."""

_READ = 65_536
_CHUNKS_ON_THE_WAY = 256

Chunk = tuple[float, bytes]


@dataclass(frozen=True, slots=True)
class Link:
    """What the link does to every chunk, in each direction: delay and jitter in seconds, bytes of a segment."""

    delay: float = 0.0
    jitter: float = 0.0
    segment: int | None = None


WHOLE = Link()


class Proxy:
    """Forwards one port to another; the two ends never learn of each other."""

    def __init__(self, upstream: int, *, seed: int = 0) -> None:
        """Forward to the port `upstream`; nothing listens before `start`."""
        self._upstream = upstream
        self._random = random.Random(seed)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.link = WHOLE
        self.port = 0
        self.accepted = 0

    async def start(self) -> Self:
        """Listen on a free port, or on the same one again after a cut."""
        self._server = await asyncio.start_server(self._connected, HOST, self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def stop(self) -> None:
        """Refuse new connections and reset those that stand."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            _reset(writer)
        self._writers.clear()
        await asyncio.sleep(0)

    def silence(self) -> None:
        """Let nothing through any more; connections stay, and new ones are accepted."""
        self._flows.clear()

    def speak(self) -> None:
        """Let everything through again, what was held back first."""
        self._flows.set()

    async def _connected(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            far_in, far_out = await asyncio.open_connection(HOST, self._upstream)
        except OSError:
            _reset(near_out)
            return
        self._writers |= {near_out, far_out}
        try:
            await asyncio.gather(self._carry(near_in, far_out), self._carry(far_in, near_out))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers -= {near_out, far_out}
            _reset(near_out)
            _reset(far_out)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Carry one direction: chunks leave in order, each when its time has come."""
        way: asyncio.Queue[Chunk | None] = asyncio.Queue(_CHUNKS_ON_THE_WAY)
        reading = asyncio.create_task(self._read(source, way))
        try:
            while (chunk := await way.get()) is not None:
                due, data = chunk
                await asyncio.sleep(due - asyncio.get_running_loop().time())
                await self._flows.wait()
                await self._write(sink, data)
            with contextlib.suppress(OSError):
                sink.write_eof()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, source: asyncio.StreamReader, way: "asyncio.Queue[Chunk | None]") -> None:
        last = 0.0
        try:
            while data := await source.read(_READ):
                late = self.link.delay + self._random.uniform(0, self.link.jitter)
                last = max(last, asyncio.get_running_loop().time() + late)
                await way.put((last, data))
        except OSError:
            pass
        await way.put(None)

    async def _write(self, sink: asyncio.StreamWriter, data: bytes) -> None:
        size = self.link.segment or len(data)
        for start in range(0, len(data), size):
            sink.write(data[start : start + size])
            await sink.drain()
            if size < len(data):
                await asyncio.sleep(0)


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
