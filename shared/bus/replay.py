"""Reads the whole stream once more from its first event, without a consumer: only the right to read single messages."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

from nats.aio.client import Client
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from shared.bus.publisher import jetstream
from shared.bus.stream import API, STREAM
from shared.contracts.catalog import BY_TYPE
from shared.contracts.event import Event, Fact, UndecodableEventError, event_on

AT_ONCE: Final = 200
"""Reads under way at once; also the most events of one batch."""


async def replay(
    client: Client, types: Mapping[str, type[Fact]] = BY_TYPE, *, api: str = API
) -> AsyncIterator[list[Event[Fact]]]:
    """Yield every event that the stream held when the reading began, in batches, oldest first.

    What is no event of these types (undecodable bytes), or on a subject that is not its own, is left out: an ear has
    parked it already. Raises the broker's errors when it is away; the reader begins again then.
    """
    stream = jetstream(client, api)
    state = (await stream.stream_info(STREAM)).state
    for first in range(max(1, state.first_seq), state.last_seq + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, state.last_seq + 1))
        read = await asyncio.gather(*(_read(stream, number, types) for number in numbers))
        yield [event for event in read if event is not None]


async def _read(stream: JetStreamContext, number: int, types: Mapping[str, type[Fact]]) -> Event[Fact] | None:
    try:
        message = await stream.get_msg(STREAM, number)
        return event_on(str(message.subject), message.data or b"", types)
    except (NotFoundError, UndecodableEventError):
        return None
