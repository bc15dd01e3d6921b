"""A hot route: a strict route that is called thousands of times a second, so its plan is made once, at the start.

FastAPI works out headers, dependencies and body anew for every call, which costs more than filing a request does. A hot
route reads the same declarations (so the OpenAPI document is the same), and supports only what is plain: one JSON body,
headers, and dependencies that take the call or one header. Anything else is a `TypeError` when the service starts. The
`Express` leads calls to it past the framework's router and its layers of middleware.
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, cast

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.http.body import StrictRoute, require_json
from shared.http.problems import answer_to
from shared.refusal import Refusal

Read = Callable[[Request], Awaitable[Any]]


class HotRoute(StrictRoute):
    """A strict route that is planned once."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the planned handler; raises `TypeError` when the route declares more than a hot route may."""
        plan = [(dep.name, _reader(dep)) for dep in self.dependant.dependencies if dep.name is not None]
        name, model = _body_of(self.dependant)
        answer_to = self.dependant.response_param_name
        endpoint = cast("Callable[..., Awaitable[BaseModel]]", self.endpoint)
        status = self.status_code or 200

        async def hot(request: Request) -> Response:
            require_json(request)
            given: dict[str, Any] = {told: await read(request) for told, read in plan}
            given[name] = _parse(model, await request.body())
            answer = Response(status_code=status, media_type="application/json")
            if answer_to is not None:
                given[answer_to] = answer
            view = await endpoint(**given)
            answer.body = view.__pydantic_serializer__.to_json(view)
            answer.headers["content-length"] = str(len(answer.body))
            return answer

        return hot


class Express:
    """Answers calls of hot routes at once; every other call goes on through the framework."""

    def __init__(self, app: ASGIApp, api: FastAPI, routes: Iterable[HotRoute]) -> None:
        """Stand before `app`, which is all of `api`; the routes are found by method and exact path."""
        self._app = app
        self._api = api
        self._routes = {
            (m, route.path): (route, route.get_route_handler()) for route in routes for m in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call; a fault of the route is answered as the framework does, and raised for the server's log."""
        planned = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if planned is None:
            await self._app(scope, receive, send)
            return
        scope["route"], plan = planned
        scope["app"] = self._api
        request = Request(scope, receive)
        fault: Exception | None = None
        try:
            answer = await plan(request)
        except Exception as error:  # noqa: BLE001 - each kind has its answer
            answer, fault = await answer_to(self._api, request, error)
        await answer(scope, receive, send)
        if fault is not None:
            raise fault


def _parse(model: type[BaseModel], raw: bytes) -> BaseModel:
    if not raw:
        raise RequestValidationError([{"type": "missing", "loc": ("body",), "msg": "Field required"}])
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Refusal("http.body_garbled") from error
    try:
        return model.model_validate(content, from_attributes=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from error


def _body_of(dependant: Dependant) -> tuple[str, type[BaseModel]]:
    """Return the name and the model of the route's one body."""
    odd = dependant.path_params or dependant.query_params or dependant.header_params or dependant.cookie_params
    if odd or len(dependant.body_params) != 1 or dependant.request_param_name is not None:
        msg = f"{dependant.path}: a hot route takes one JSON body and dependencies, nothing else"
        raise TypeError(msg)
    field = dependant.body_params[0]
    return field.name, cast("type[BaseModel]", field.field_info.annotation)


def _reader(dependant: Dependant) -> Read:
    """Return how to get what a dependency gives."""
    call = cast("Callable[..., Awaitable[Any]]", dependant.call)
    odd = dependant.path_params or dependant.query_params or dependant.cookie_params or dependant.body_params
    if odd or dependant.dependencies or len(dependant.header_params) > 1:
        msg = f"{call}: a hot route's dependency takes the call or one header"
        raise TypeError(msg)
    if dependant.header_params:
        field = dependant.header_params[0]
        name, header = field.name, field.field_info.alias or field.name

        async def of_header(request: Request) -> Any:
            return await call(**{name: request.headers.get(header)})

        return of_header
    taken = dependant.request_param_name
    if taken is None:
        msg = f"{call}: a hot route's dependency takes the call or one header"
        raise TypeError(msg)

    async def of_call(request: Request) -> Any:
        return await call(**{taken: request})

    return of_call
