"""Strict bodies: known fields only, no coercion, JSON that is JSON (no NaN), and a router that reads them so."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator, ConfigDict

from shared.auth.permissions import Allowed
from shared.contracts.model import Model
from shared.refusal import Refusal


class Body(BaseModel):
    """The body of a request. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class View(Model):
    """What an answer shows."""


class Versioned(View):
    """What an answer shows of something that has versions: the version comes as its ETag."""

    has_etag: ClassVar[bool] = True


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole: Final = BeforeValidator(_whole)
"""Stands behind the bounds of a strict integer of a body: `Annotated[StrictInt, Field(ge=1), Whole]`.

JSON knows one kind of number, so 3.0 is 3; neither 3.5 nor "3" is one.
"""


class _StrictRequest(Request):
    async def json(self) -> Any:
        """Parse with a parser that refuses NaN, Infinity, bad UTF-8 and lone surrogates."""
        return orjson.loads(await self.body())


def require_json(request: Request) -> None:
    """Refuse a body that is not declared as JSON (`http.content_type`)."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Refusal("http.content_type", expected="application/json", given=media)


class StrictRoute(APIRoute):
    """A route whose JSON body must be declared as JSON and be JSON; who may call it is declared beside its path."""

    allow: Allowed
    body_limit: int | None = None
    """Bytes that its body may have, where they are not what every body may have."""
    command: str | None = None
    """The command that it gives, as a `may` in answers names it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handle = super().get_route_handler()
        takes_json = self.body_field is not None

        async def strict(request: Request) -> Response:
            if takes_json:
                require_json(request)
            strict_request = _StrictRequest(request.scope, request.receive)
            if takes_json:
                await strict_request.body()
            return await handle(strict_request)

        return strict
