"""What routes share: the call that gives a command about one request, and the answer with the request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Concatenate, ParamSpec, TypeAlias

from fastapi import Depends, Response

from services.requests.casework.domain.change import Decision
from services.requests.casework.domain.request import Ask, Command, Request
from services.requests.casework.handlers.casework import Casework
from services.requests.casework.queries.requests import seen_by
from services.requests.casework.queries.views import RequestView, request_view
from services.requests.casework.store import NEWEST_FIRST
from shared.auth.actor import Actor
from shared.auth.dependency import Me
from shared.http import OnTerms, PageQuery, etag, paged
from shared.store.document import Document
from shared.store.mongo import Collection
from shared.topic import collection, part

P = ParamSpec("P")
Work: TypeAlias = Annotated[Casework, part(Casework)]
Requests: TypeAlias = Annotated[Collection, collection("requests")]
"""The requests as rows, for counting."""
NewestFirst: TypeAlias = Annotated[PageQuery, paged(NEWEST_FIRST)]


@dataclass(frozen=True, slots=True)
class Call:
    """A command about one request: who gives it and on which terms, and the answer."""

    request_id: str
    me: Me
    terms: OnTerms
    work: Work
    response: Response

    async def give(
        self,
        command: Command,
        decide: Callable[Concatenate[Request, Ask, P], Decision],
        *args: P.args,
        **words: P.kwargs,
    ) -> RequestView:
        """Let the caller's command change the request, and answer with it; all that it says is said by name."""
        given = await self.work.give(self.me, self.request_id, self.terms, command, decide, *args, **words)
        return self.answer(given)

    def answer(self, document: Document[Request]) -> RequestView:
        """Answer with the request as it now is, and its version as ETag."""
        return answer(self.response, self.work, self.me, document)


OneRequest: TypeAlias = Annotated[Call, Depends()]


def answer(response: Response, work: Casework, actor: Actor, document: Document[Request]) -> RequestView:
    """Answer with the request as it now is, and its version as ETag."""
    etag(response, document.version)
    return request_view(seen_by(document, work.ask(actor)))
