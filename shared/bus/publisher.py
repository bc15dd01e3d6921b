"""Publishes events to the stream: several as one atomic batch (one disk sync), or singly when the batch is refused."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any, Final, Protocol

import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError

from shared.bus.stream import API, ATOMIC_BATCH_MOST, STREAM
from shared.ids import new_id

Outgoing = tuple[str, str, bytes]
"""Event id, NATS subject, bytes."""

_ACK_SECONDS: Final = 5.0
_MESSAGE_ID: Final = "Nats-Msg-Id"
_DIGEST_DIGITS: Final = 16


def message_id(event_id: str, raw: bytes) -> str:
    """Return the id by which the stream knows a repetition: the event's id, and a digest of what it says.

    So the stream itself compares: it drops what it has already, to the byte, and never another event that came under
    the same id, whatever gave it that id.
    """
    return f"{event_id}.{hashlib.sha256(raw).hexdigest()[:_DIGEST_DIGITS]}"


def jetstream(client: Client, api: str = API) -> JetStreamContext:
    """Return the client's JetStream calls, typed; `api` begins the subjects on which it asks the broker."""
    untyped: Any = client
    return untyped.jetstream(prefix=api)


class NotPublishedError(Exception):
    """The stream did not acknowledge; what was committed stays in the outbox and is sent later."""


class Publisher(Protocol):
    """Something that puts events on the stream and returns when they are safe there."""

    async def publish(self, events: Sequence[Outgoing]) -> None:
        """Publish the events in order; raises `NotPublishedError` when any may be missing."""
        ...


class StreamPublisher:
    """The publisher on JetStream."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stream = jetstream(client)

    async def publish(self, events: Sequence[Outgoing]) -> None:
        """Publish the events in order; raises `NotPublishedError` when any may be missing."""
        if not self._client.is_connected:
            msg = "not connected"
            raise NotPublishedError(msg)
        try:
            for start in range(0, len(events), ATOMIC_BATCH_MOST):
                part = events[start : start + ATOMIC_BATCH_MOST]
                if len(part) == 1 or not await self._publish_batch(part):
                    await self._publish_singly(part)
        except (NatsError, JetStreamError, OSError, orjson.JSONDecodeError) as error:
            raise NotPublishedError(str(error)) from error

    async def _publish_batch(self, events: Sequence[Outgoing]) -> bool:
        """Publish as one atomic batch; False when the server refused it (a duplicate inside, or a limit)."""
        batch = new_id()
        last = len(events)
        for sequence, (event_id, subject, raw) in enumerate(events, start=1):
            headers = {
                _MESSAGE_ID: message_id(event_id, raw),
                "Nats-Batch-Id": batch,
                "Nats-Batch-Sequence": str(sequence),
            }
            if sequence < last:
                await self._client.publish(subject, raw, headers=headers)
            else:
                headers["Nats-Batch-Commit"] = "1"
                answer = await self._client.request(subject, raw, timeout=_ACK_SECONDS, headers=headers)
                ack: dict[str, Any] = orjson.loads(answer.data)
                return ack.get("stream") == STREAM and ack.get("count") == last
        return False

    async def _publish_singly(self, events: Sequence[Outgoing]) -> None:
        await asyncio.gather(
            *(
                self._stream.publish(
                    subject, raw, stream=STREAM, timeout=_ACK_SECONDS, headers={_MESSAGE_ID: message_id(event_id, raw)}
                )
                for event_id, subject, raw in events
            )
        )
