"""Server-sent events: a stream of whole snapshots with a heartbeat, so that a screen can tell silence from a break."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from fastapi import Response
from sse_starlette import EventSourceResponse
from starlette.types import Receive, Scope, Send

HEARTBEAT_SECONDS: Final = 15
LOOK_SECONDS: Final = 1.0
"""How often a running stream looks whether whoever watches is still signed in."""
ENDED: Final = "session_ended"
"""The last event of a stream whose watcher's session ended."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its name, its id (what `Last-Event-ID` repeats) and its data as JSON text."""

    event: str
    id: str
    data: str


class _Stream(EventSourceResponse):
    """A stream that tells when it is over, however it ends, also when it never began."""

    def __init__(self, rows: AsyncIterator[dict[str, str]], over: Callable[[], None]) -> None:
        headers = {"X-Accel-Buffering": "no"}
        super().__init__(rows, ping=HEARTBEAT_SECONDS, headers=headers)  # pyright: ignore[reportUnknownMemberType]
        self._over = over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._over()


def sse(
    events: AsyncGenerator[ServerEvent, None],
    still_signed_in: Callable[[], bool],
    over: Callable[[], None] = lambda: None,
) -> Response:
    """Answer with a stream of server-sent events; a comment every 15 s keeps it open.

    It ends with the session: within a second after `still_signed_in` says no, with one last event that tells so.
    `over` is called when the stream is over.
    """

    async def rows() -> AsyncIterator[dict[str, str]]:
        async for item in while_signed_in(events, still_signed_in):
            yield {"event": item.event, "id": item.id, "data": item.data}

    return _Stream(rows(), over)


async def while_signed_in(
    events: AsyncGenerator[ServerEvent, None], still_signed_in: Callable[[], bool]
) -> AsyncIterator[ServerEvent]:
    """Yield the events while the answer is yes, however long nothing happens; then say that the session ended."""
    upcoming: asyncio.Future[ServerEvent] | None = None
    try:
        while still_signed_in():
            upcoming = upcoming or asyncio.ensure_future(anext(events))
            await asyncio.wait([upcoming], timeout=LOOK_SECONDS)
            if upcoming.done():
                item, upcoming = upcoming, None
                try:
                    event = item.result()
                except StopAsyncIteration:
                    return
                if still_signed_in():
                    yield event
        yield ServerEvent(ENDED, "", "{}")
    finally:
        if upcoming is not None:
            upcoming.cancel()
            await asyncio.wait([upcoming])
        await events.aclose()
