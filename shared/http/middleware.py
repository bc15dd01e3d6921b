"""Around every call: a limit on the body, counters, and nothing else. Plain ASGI, so it is cheap."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problems import MEDIA, describe
from shared.observability.metrics import REQUESTS, SECONDS
from shared.refusal import Refusal

BODY_LIMIT: Final = 256 * 1024
"""Bytes of a request's body, unless the route has its own limit."""

IMPORT_LIMIT: Final = 8 * 1024 * 1024

DRAIN_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of an oversize body that are read and thrown away before the answer; beyond it the connection just closes."""


class Surroundings:
    """Limits bodies and counts answers."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        """Wrap `app`; `limits` holds the body limit in bytes of paths that have their own."""
        self._app = app
        self._limits = limits
        self._counters: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits.get(scope["path"], BODY_LIMIT)
        declared = _declared(scope)
        if declared is not None and declared > limit:
            await _drain(receive)
            await _too_large(scope, send, limit)
            return
        started = perf_counter()
        status = 0
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > limit:
                    await _drain(receive)
                    raise Refusal("http.body_too_large", limit=limit)
            return message

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive if declared is not None else limited, watched)
        finally:
            route: Any = scope.get("route")
            path = getattr(route, "path", "unmatched")
            self._count(scope["method"], path, status, perf_counter() - started)

    def _count(self, method: str, path: str, status: int, seconds: float) -> None:
        key = (method, path, status)
        counters = self._counters.get(key)
        if counters is None:
            counters = (REQUESTS.labels(method, path, status), SECONDS.labels(method, path))
            self._counters[key] = counters
        counters[0].inc()
        counters[1].observe(seconds)


def _declared(scope: Scope) -> int | None:
    """Return the declared length of the body, beyond which the server reads nothing; None for a body of any length."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


async def _drain(receive: Receive) -> None:
    """Read on and throw away, up to a bound: a caller who is still sending would not see the answer otherwise."""
    thrown = 0
    while thrown < DRAIN_LIMIT:
        message = await receive()
        thrown += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


async def _too_large(scope: Scope, send: Send, limit: int) -> None:
    code = "http.body_too_large"
    body = describe(scope["path"], code, 413, params={"limit": limit}).model_dump_json().encode()
    headers = [
        (b"content-type", MEDIA.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
