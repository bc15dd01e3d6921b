"""Around every call: bounds on what is sent, headers that keep an answer safe, counters. Plain ASGI, so it is cheap."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problems import COMMON, MEDIA, describe
from shared.observability.metrics import REQUESTS, SECONDS
from shared.refusal import Refusal

BODY_LIMIT: Final = 256 * 1024
"""Bytes of a request's body, unless the route has its own limit."""

ADDRESS_LIMIT: Final = 16 * 1024
"""Bytes of a request's path and query."""

HEADERS_LIMIT: Final = 32 * 1024
"""Bytes of a request's headers."""

DRAIN_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of an oversize body that are read and thrown away before the answer; beyond it the connection just closes."""

SAFE_HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
"""What every answer carries unless its route says otherwise: nobody keeps, frames, runs or guesses it."""


class HttpMiddleware:
    """Limits what is sent, makes answers safe and counts them."""

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
        declared, headers = _measure(scope)
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
                message["headers"] = _made_safe(message.get("headers", ()))
            await send(message)

        try:
            if _address(scope) > ADDRESS_LIMIT:
                await _refuse(scope, watched, "http.uri_too_long", ADDRESS_LIMIT)
            elif headers > HEADERS_LIMIT:
                await _refuse(scope, watched, "http.headers_too_large", HEADERS_LIMIT)
            elif declared is not None and declared > limit:
                await _drain(receive)
                await _refuse(scope, watched, "http.body_too_large", limit)
            else:
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


def _measure(scope: Scope) -> tuple[int | None, int]:
    """Return the declared length of the body, and how large the headers are.

    The server reads nothing beyond a declared length; None is for a body of any length.
    """
    declared: int | None = None
    size = 0
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"content-length":
            declared = int(value) if value.isdigit() else None
    return declared, size


def _address(scope: Scope) -> int:
    """Return how many bytes the path and the query have, as they were sent."""
    return len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])


def _made_safe(headers: Any) -> list[tuple[bytes, bytes]]:
    told: list[tuple[bytes, bytes]] = list(headers)
    names = {name.lower() for name, _ in told}
    told.extend(one for one in SAFE_HEADERS if one[0] not in names)
    return told


async def _drain(receive: Receive) -> None:
    """Read on and throw away, up to a bound: a caller who is still sending would not see the answer otherwise."""
    thrown = 0
    while thrown < DRAIN_LIMIT:
        message = await receive()
        thrown += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


async def _refuse(scope: Scope, send: Send, code: str, limit: int) -> None:
    status = COMMON[code]
    body = describe(scope["path"], code, status, params={"limit": limit}).model_dump_json().encode()
    headers = [
        (b"content-type", MEDIA.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
