"""One delivery of an event to one process, and the chances of what goes wrong with it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nats.errors import ConnectionClosedError, ConnectionReconnectingError, MsgAlreadyAckdError

from tests.simulation.machine import Process

if TYPE_CHECKING:
    from tests.simulation.durable import SimulatedDurable

PART: Final = "bus"


@dataclass(frozen=True, slots=True)
class BusChances:
    """How often the bus does what it may do, each from 0 to 1."""

    twice: float = 0.01
    """For each delivery: the event comes once more, though it may be acked by then; soon, or hours later."""
    late: float = 0.01
    """For each new event: it comes seconds to hours later, after events that are younger."""
    shuffled: float = 0.02
    """For each batch: its events come in any order."""
    cut: float = 0.05
    """For each batch: it ends early, at a random place."""
    ack_lost: float = 0.005
    """For each ack or nak: the stream never hears it, and nobody is told."""
    publish_cut: float = 0.02
    """For each publishing of single events: only the first ones arrive, and the publisher is told of a failure."""


CALM: Final = BusChances(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Stored:
    """One event of the stream: its sequence number (from 1), and the virtual second at which it was stored."""

    sequence: int
    subject: str
    data: bytes
    message_id: str
    at: float


@dataclass(frozen=True, slots=True)
class StreamSequence:
    """Where a message stands in the stream."""

    stream: int


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the stream says of one delivery."""

    num_delivered: int
    sequence: StreamSequence


class Listener:
    """One process that hears a durable: it takes one batch after the other."""

    def __init__(self, process: Process | None, is_closed: Callable[[], bool]) -> None:
        self.process = process
        self.open = True
        self.is_closed = is_closed
        self.wanted: asyncio.Future[list[Message]] | None = None

    def waits(self) -> bool:
        """Tell whether it has asked for a batch and can still take it."""
        alive = self.process is None or self.process.alive
        return self.open and alive and self.wanted is not None and not self.wanted.done()


class Message:
    """One delivery, with what a runner uses of `nats.aio.msg.Msg`. An ack is sent and not waited for, as there."""

    __slots__ = ("_durable", "_listener", "_settled", "data", "metadata", "subject")

    def __init__(self, stored: Stored, count: int, durable: "SimulatedDurable", listener: Listener) -> None:
        self.data = stored.data
        self.subject = stored.subject
        self.metadata = Metadata(count, StreamSequence(stored.sequence))
        self._durable = durable
        self._listener = listener
        self._settled = False

    async def ack(self) -> None:
        """Say that the event is handled; raises the client's errors when there is no connection."""
        await self._post(lambda: self._durable.acked(self.metadata.sequence.stream))

    async def nak(self, delay: float | None = None) -> None:
        """Ask for the event again after `delay` seconds; raises the client's errors when there is no connection."""
        await self._post(lambda: self._durable.naked(self.metadata.sequence.stream, delay or 0.0))

    async def _post(self, deed: Callable[[], None]) -> None:
        if self._settled:
            raise MsgAlreadyAckdError(self)
        if self._listener.is_closed():
            raise ConnectionClosedError
        if PART in self._durable.wire.away:
            raise ConnectionReconnectingError
        await self._durable.wire.post(PART, deed, self._durable.chances.ack_lost)
        self._settled = True
