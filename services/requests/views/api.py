"""What the topics' routes share: finding the rooms, answering with a request, and the pages of lists."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Response

from services.requests.casework.domain import Request
from services.requests.casework.handlers import Casework
from services.requests.casework.queries import seen_by
from services.requests.casework.store import NEWEST_FIRST
from services.requests.views.queries import RequestView, request_view
from shared.auth.actor import Actor
from shared.http import cursor_of, etag
from shared.store.document import Document
from shared.store.mongo import Collection
from shared.topic import collection, part

Work = Annotated[Casework, part(Casework)]
"""The rooms of the requests."""

Requests = Annotated[Collection, collection("requests")]
"""The requests as rows, for counting."""

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, cursor_of(NEWEST_FIRST)]


def answer(response: Response, work: Casework, actor: Actor, document: Document[Request]) -> RequestView:
    """Answer a command with the request as it now is, and its version as ETag."""
    etag(response, document.version)
    return request_view(seen_by(document, work.ask(actor)))


def next_cursor(found: Sequence[Document[Request]], limit: int) -> str | None:
    """Return the cursor of the next page, when one more was found than the page shows."""
    return NEWEST_FIRST.following(found, limit, lambda one: (one.state.filed_at, one.id))
