"""The publisher of the simulated bus: what is asked of the stream, in the order in which the real one asks it."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

from shared.bus.publisher import NotPublishedError, Outgoing
from shared.bus.stream import ATOMIC_BATCH_MOST, SUBJECTS
from tests.simulation.delivery import PART
from tests.simulation.wire import Wire

MAX_PAYLOAD: Final = 1024 * 1024
_PREFIX: Final = SUBJECTS[0].removesuffix(">")

T = TypeVar("T")


class Stream(Protocol):
    """What a publisher asks of the stream."""

    wire: Wire

    def store_batch(self, events: Sequence[Outgoing]) -> bool:
        """Store all or none; False when one of them was stored before, or is in the batch twice."""
        ...

    def store_singly(self, events: Sequence[Outgoing]) -> None:
        """Store each that was not stored before."""
        ...


class SimulatedPublisher:
    """Publishes as `StreamPublisher` does: atomic batches, and single events when a batch is refused."""

    def __init__(self, stream: Stream, is_closed: Callable[[], bool]) -> None:
        self._stream = stream
        self._is_closed = is_closed

    async def publish(self, events: Sequence[Outgoing]) -> None:
        """Publish the events in order; raises `NotPublishedError` when any may be missing."""
        stream = self._stream
        if self._is_closed():
            msg = "not connected"
            raise NotPublishedError(msg)
        for start in range(0, len(events), ATOMIC_BATCH_MOST):
            part = events[start : start + ATOMIC_BATCH_MOST]
            _refuse_what_no_stream_takes(part)
            if len(part) == 1 or not await self._call(lambda part=part: stream.store_batch(part)):
                await self._call(lambda part=part: stream.store_singly(part))

    async def _call(self, deed: Callable[[], T]) -> T:
        return await self._stream.wire.call(PART, deed, NotPublishedError)


def _refuse_what_no_stream_takes(events: Sequence[Outgoing]) -> None:
    for _, subject, raw in events:
        if not subject.startswith(_PREFIX) or len(raw) > MAX_PAYLOAD:
            msg = f"no stream takes {len(raw)} bytes on {subject}"
            raise NotPublishedError(msg)
