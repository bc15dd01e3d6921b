"""What the topics' routes share: finding the rooms, and answering with a request."""

from typing import Annotated, Protocol, cast

from fastapi import Depends, Response
from fastapi import Request as Call

from services.requests.casework.domain import Request
from services.requests.casework.handlers import Casework
from services.requests.casework.queries import seen_by
from services.requests.views.queries import RequestView, request_view
from shared.auth.actor import Actor
from shared.http import etag
from shared.store.document import Document


class _Rooms(Protocol):
    casework: Casework


async def _casework(call: Call) -> Casework:
    return cast("_Rooms", call.app.state.rooms).casework


Work = Annotated[Casework, Depends(_casework)]
"""The rooms of the requests."""


def answer(response: Response, work: Casework, actor: Actor, document: Document[Request]) -> RequestView:
    """Answer a command with the request as it now is, and its version as ETag."""
    etag(response, document.version)
    return request_view(seen_by(document, work.ask(actor)))
