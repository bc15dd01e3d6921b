"""What a stream holds, read event by event: to move it, and to compare one with another."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from nats.js import JetStreamManager
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError

AT_ONCE: Final = 200
"""Reads under way at once."""

_ORDERS: Final = (
    "nats-batch-",
    "nats-expected-",
    "nats-incr",
    "nats-rollup",
    "nats-schedule",
    "nats-stream-source",
    "nats-ttl",
)
"""Headers that tell the broker what to do with a message as it comes: done long ago, and never to be done again."""

Message = tuple[str, Mapping[str, str], bytes]
"""Subject, headers, bytes."""

Rewrite = Callable[[str, Mapping[str, str], bytes], Message]
"""What a message becomes on its way."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a stream holds: how many events, and a digest over place, subject, headers and bytes of each, in order."""

    messages: int
    digest: str


def as_it_is(subject: str, headers: Mapping[str, str], data: bytes) -> Message:
    """Change nothing."""
    return subject, headers, data


async def content_of(manager: JetStreamManager, stream: str, rewrite: Rewrite = as_it_is) -> Content:
    """Read a whole stream and return what it holds, each event as `rewrite` makes it."""
    digest, messages = hashlib.sha256(), 0
    async for number, message in _all(manager, stream):
        subject, headers, data = rewrite(*message)
        digest.update(orjson.dumps([number, subject, sorted(headers.items()), hashlib.sha256(data).hexdigest()]))
        messages += 1
    return Content(messages, digest.hexdigest())


async def read(manager: JetStreamManager, stream: str, numbers: range) -> Sequence[Message | None]:
    """Return the events with these numbers, without headers that were orders to the broker; None in a gap."""
    return await asyncio.gather(*(_message(manager, stream, number) for number in numbers))


async def consumers(manager: JetStreamManager, stream: str) -> Sequence[ConsumerInfo]:
    """Return what the broker tells of every durable of a stream."""
    found: list[ConsumerInfo] = []
    while page := await manager.consumers_info(stream, offset=len(found)):
        found += page
    return found


async def _all(manager: JetStreamManager, stream: str) -> AsyncIterator[tuple[int, Message]]:
    state = (await manager.stream_info(stream)).state
    for begin in range(max(1, state.first_seq), state.last_seq + 1, AT_ONCE):
        numbers = range(begin, min(begin + AT_ONCE, state.last_seq + 1))
        for number, message in zip(numbers, await read(manager, stream, numbers), strict=True):
            if message is not None:
                yield number, message


async def _message(manager: JetStreamManager, stream: str, number: int) -> Message | None:
    try:
        message = await manager.get_msg(stream, number)
    except NotFoundError:
        return None
    headers = message.headers or {}
    kept = {name: value for name, value in headers.items() if not name.lower().startswith(_ORDERS)}
    return str(message.subject), kept, message.data or b""
