"""Server-sent events: a stream of whole snapshots with a heartbeat, so that a screen can tell silence from a break."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from fastapi import Response
from sse_starlette import EventSourceResponse

HEARTBEAT_SECONDS: Final = 15


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its name, its id (what `Last-Event-ID` repeats) and its data as JSON text."""

    event: str
    id: str
    data: str


def sse(events: AsyncIterator[ServerEvent]) -> Response:
    """Answer with a stream of server-sent events; a comment every 15 s keeps it open."""

    async def rows() -> AsyncIterator[dict[str, str]]:
        async for item in events:
            yield {"event": item.event, "id": item.id, "data": item.data}

    return EventSourceResponse(rows(), ping=HEARTBEAT_SECONDS, headers={"X-Accel-Buffering": "no"})
