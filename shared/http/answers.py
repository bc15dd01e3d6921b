"""The problems that a call may be answered with, once for all routes: what each status means, and its headers.

A route need not name what follows from its declaration (`statuses_of` works that out); what is special to it, it adds
with `may_answer`. Whoever adds an answer that every route may give adds it to `ANSWERS` and to `EVERYWHERE`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_SECONDS: Final = {"type": "integer", "minimum": 0}


def header(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declaration of a header."""
    return {"description": description, "schema": dict(schema)}


RETRY_AFTER: Final = header("Seconds until it is worth trying again.", _SECONDS)
ETAG: Final = header("The version that was answered, for `If-Match`.", {"type": "string", "pattern": '^"[0-9]{1,18}"$'})
LOCATION: Final = header("Where it is found from now on.", {"type": "string", "format": "uri-reference"})
_RATE_LIMITS: Final = {
    "RateLimit-Limit": header("How many calls are taken in one window.", _SECONDS),
    "RateLimit-Remaining": header("How many are left of it.", _SECONDS),
    "RateLimit-Reset": header("Seconds until the window begins anew.", _SECONDS),
}
_AUTHENTICATE: Final = header("How to sign in: `Bearer`.", {"type": "string"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a status means, and the headers that may come with it."""

    description: str
    headers: Mapping[str, Any] = field(default_factory=dict[str, Any])


ANSWERS: Final[Mapping[int, Answer]] = {
    400: Answer("Malformed: garbled JSON, a missing or malformed header or cursor."),
    401: Answer("Not signed in, or not who it says.", {"WWW-Authenticate": _AUTHENTICATE}),
    403: Answer("Not allowed, not yours, or sent by another site."),
    404: Answer("No such thing, or none that the caller may know of."),
    409: Answer("A rule says no in the present state.", {"Retry-After": RETRY_AFTER}),
    412: Answer("Somebody changed it since (`If-Match`)."),
    413: Answer("The body is too large."),
    414: Answer("The address is too long."),
    415: Answer("The body is not of the expected type."),
    422: Answer("A field does not fit, or names something unknown."),
    429: Answer(
        "Too many of these: `Retry-After` says when to come back.", {"Retry-After": RETRY_AFTER, **_RATE_LIMITS}
    ),
    431: Answer("The headers are too large."),
    500: Answer("A fault of ours; it is in the log."),
    503: Answer("Something that is needed is away; try again.", {"Retry-After": RETRY_AFTER}),
}
"""Every status that is answered with a problem. The service document refers to them as `#/components/responses`."""

EVERYWHERE: Final = frozenset({414, 429, 431, 500, 503})
"""What every route may answer, whatever it does."""

_UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Declared:
    """What a route declares: its method, whom it lets in, and what it reads."""

    method: str
    public: bool
    by_role: bool
    parameters: frozenset[tuple[str, str]]
    """Where each parameter stands, and its name, as the document has them."""
    body: bool


def statuses_of(told: Declared) -> frozenset[int]:
    """Return the problems that follow from what a route declares."""
    places = {place for place, _ in told.parameters}
    headers = {name.lower() for place, name in told.parameters if place == "header"}
    changes = told.method in _UNSAFE
    reads_strictly = told.body or ("query", "cursor") in told.parameters or headers & {"idempotency-key", "if-match"}
    found = {
        400: bool(reads_strictly),
        401: not told.public,
        403: told.by_role or changes or "path" in places,
        404: "path" in places,
        409: changes,
        412: "if-match" in headers,
        413: changes,
        415: told.body,
        422: told.body or "query" in places,
    }
    return EVERYWHERE | {status for status, comes in found.items() if comes}


def may_answer(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what a route adds to its `responses` for problems that do not follow from its declaration."""
    return {status: {} for status in statuses}
