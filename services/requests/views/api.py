"""What the topics' routes share: finding the rooms, answering with a request, and the pages of lists."""

from collections.abc import Sequence
from typing import Annotated, Protocol, cast

from fastapi import Depends, Query, Response
from fastapi import Request as Call

from services.requests.casework.domain import Request
from services.requests.casework.handlers import Casework
from services.requests.casework.queries import seen_by
from services.requests.casework.store import position_of
from services.requests.views.queries import RequestView, request_view
from shared.auth.actor import Actor
from shared.http import decode_cursor, encode_cursor, etag
from shared.store.document import Document
from shared.store.mongo import Collection


class _Rooms(Protocol):
    casework: Casework
    requests: Collection


async def _casework(call: Call) -> Casework:
    return cast("_Rooms", call.app.state.rooms).casework


async def _requests(call: Call) -> Collection:
    return cast("_Rooms", call.app.state.rooms).requests


Work = Annotated[Casework, Depends(_casework)]
"""The rooms of the requests."""

Requests = Annotated[Collection, Depends(_requests)]
"""The requests as rows, for counting."""

Cursor = Annotated[str | None, Query(max_length=200, description="The next_cursor of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]


def answer(response: Response, work: Casework, actor: Actor, document: Document[Request]) -> RequestView:
    """Answer a command with the request as it now is, and its version as ETag."""
    etag(response, document.version)
    return request_view(seen_by(document, work.ask(actor)))


def position(cursor: str | None) -> tuple[int, str] | None:
    """Return the position in a list, newest first, that a cursor names; refuses a cursor that is none of ours."""
    if cursor is None:
        return None
    milliseconds, request_id = decode_cursor(cursor, int, str)
    return milliseconds, request_id


def next_cursor(found: Sequence[Document[Request]], limit: int) -> str | None:
    """Return the cursor of the next page, when one more was found than the page shows."""
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return encode_cursor(*position_of(last.state.filed_at, last.id))
