"""HEAD and OPTIONS, for every route alike: HEAD answers as GET does, without the body; OPTIONS tells the methods."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS: Final = frozenset({"OPTIONS"})


class Methods:
    """Answers HEAD and OPTIONS; every other call goes on."""

    def __init__(self, app: ASGIApp, api: FastAPI) -> None:
        """Stand before `app`, which is all of `api`."""
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        method = scope["method"] if scope["type"] == "http" else ""
        if method == "HEAD":
            await _head(self._app, scope, receive, send)
        elif method == "OPTIONS" and (allowed := methods_of(self._api, scope)):
            headers = [(b"allow", ", ".join(allowed).encode()), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, send)


def methods_of(api: FastAPI, scope: Scope) -> list[str]:
    """Return every method that the path takes, also of routers that were included; none for a path that is not."""
    methods: set[str] = set()
    routes: list[Any] = list(api.routes)
    for route in routes:
        for inner in getattr(getattr(route, "original_router", None), "routes", (route,)):
            match, _ = inner.matches(scope)
            if match is not Match.NONE:
                methods |= getattr(inner, "methods", None) or set()
    if "GET" in methods:
        methods.add("HEAD")
    return sorted(methods | _ALWAYS) if methods else []


async def _head(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as GET would, and stop where its body would begin: a stream would go on for ever."""
    begun = asyncio.Event()

    async def only_the_head(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            begun.set()

    answering = asyncio.ensure_future(_call(app, {**scope, "method": "GET"}, receive, only_the_head))
    waiting = asyncio.ensure_future(begun.wait())
    try:
        await asyncio.wait((answering, waiting), return_when=asyncio.FIRST_COMPLETED)
        if begun.is_set():
            await send({"type": "http.response.body", "body": b""})
    finally:
        await _end(waiting)
        fault = await _end(answering)
    if fault is not None:
        raise fault


async def _call(app: Callable[..., Any], scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


async def _end(task: "asyncio.Future[Any]") -> BaseException | None:
    """End a task, and return the fault that it had ended with, if any."""
    if not task.done():
        task.cancel()
        await asyncio.wait((task,))
    return None if task.cancelled() else task.exception()
