"""A light HTTP/1.1 client for measuring: keep-alive connections on asyncio, answers parsed by httptools.

It sends bytes that were prepared before, so that on two cores the client is not what is measured.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

import httptools

Prepare = Callable[[int], bytes]
"""Returns the bytes of the n-th request of a run."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its status and its body."""

    status: int
    body: bytes


@dataclass(slots=True)
class Run:
    """What a run of requests gave: counts by status, seconds of each answer, and how long the run took."""

    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def note(self, status: int, latency: float) -> None:
        """Count one answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.latencies.append(latency)

    @property
    def count(self) -> int:
        """Return how many answers came."""
        return len(self.latencies)

    def quantile_ms(self, share: float) -> float:
        """Return the latency in milliseconds that this share of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 2)


class Connection(asyncio.Protocol):
    """One keep-alive connection: one request at a time."""

    def __init__(self) -> None:
        """Prepare; `connect` opens it."""
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None
        self._body: list[bytes] = []

    @classmethod
    async def connect(cls, host: str, port: int) -> "Connection":
        """Open a connection; raises `OSError` when nobody listens."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return its answer; raises `ConnectionError` when the connection ends before it."""
        if self._transport is None or self._transport.is_closing():
            msg = "the connection is closed"
            raise ConnectionError(msg)
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (called by asyncio)."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Parse what came (called by asyncio)."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request that waits (called by asyncio)."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed by the server"))

    def on_body(self, body: bytes) -> None:
        """Collect the body (called by the parser)."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Hand over the answer (called by the parser)."""
        answer = Answer(self._parser.get_status_code(), b"".join(self._body))
        self._body.clear()
        self._parser = httptools.HttpResponseParser(self)
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)


def request_bytes(method: str, path: str, host: str, body: bytes = b"", *headers: tuple[str, str]) -> bytes:
    """Return the bytes of a request with a JSON body."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def closed_loop(host: str, port: int, prepare: Prepare, *, connections: int, seconds: float) -> Run:
    """Keep every connection busy for so long: each sends its next request as soon as its last one is answered."""
    run = Run()
    opened = [await Connection.connect(host, port) for _ in range(connections)]
    numbers = iter(range(1_000_000_000))
    began = perf_counter()
    until = began + seconds

    async def work(connection: Connection) -> None:
        while (sent := perf_counter()) < until:
            answer = await connection.ask(prepare(next(numbers)))
            run.note(answer.status, perf_counter() - sent)

    await asyncio.gather(*(work(connection) for connection in opened))
    run.seconds = perf_counter() - began
    for connection in opened:
        connection.close()
    return run
