"""Conditions of a call: the idempotency key of a creation, the expected version of an edit, both of a command."""

import re
from typing import Annotated, Any, Final, TypeVar

import orjson
from fastapi import Depends, Header, Request, Response, status
from pydantic import BaseModel

from shared.http.document import REQUIRED
from shared.ids import derive_id
from shared.refusal import Refusal
from shared.store.document import Created, Document, Terms

S = TypeVar("S")

_MOST: Final = 128
_KEY: Final = re.compile(r"[!-~]{1,128}")
_ETAG: Final = re.compile(r'(?:W/)?"([0-9]{1,18})"')
_KEY_SCHEMA: Final[dict[str, Any]] = {"pattern": "^[!-~]+$", "minLength": 1, "maxLength": _MOST}
_KEY_NEEDED: Final[dict[str, Any]] = {**_KEY_SCHEMA, REQUIRED: True}
_ETAG_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [{"type": "string", "const": "*"}, {"type": "string", "pattern": '^(W/)?"[0-9]{1,18}"$'}]
}


async def _idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="One key a form: a repeated call creates once.",
            json_schema_extra=_KEY_NEEDED,
        ),
    ] = None,
) -> str:
    if not key:
        raise Refusal("http.idempotency_key_missing")
    if _KEY.fullmatch(key) is None:
        raise Refusal("http.idempotency_key_malformed")
    return key


async def _if_match(
    value: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The ETag that was seen; a later version refuses.",
            json_schema_extra=_ETAG_SCHEMA,
        ),
    ] = None,
) -> int | None:
    if value is None or value.strip() == "*":
        return None
    found = _ETAG.fullmatch(value.strip())
    if found is None:
        raise Refusal("http.if_match_malformed")
    return int(found.group(1))


async def _terms(
    call: Request,
    expect: Annotated[int | None, Depends(_if_match)],
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="One key a command: a repeated call gets the first one's answer.",
            json_schema_extra=_KEY_SCHEMA,
        ),
    ] = None,
) -> Terms:
    if key is not None and _KEY.fullmatch(key) is None:
        raise Refusal("http.idempotency_key_malformed")
    return Terms(expect, key, derive_id("command", call.method, call.url.path, _said(await call.body())))


def _said(raw: bytes) -> str:
    """Return what a body says, however it is written: the order of fields and the blanks do not count."""
    try:
        return orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return raw.hex()


IdempotencyKey = Annotated[str, Depends(_idempotency_key)]
"""The Idempotency-Key header, 1 to 128 visible ASCII characters."""

IfMatch = Annotated[int | None, Depends(_if_match)]
"""The version in the If-Match header, or None."""

OnTerms = Annotated[Terms, Depends(_terms)]
"""The terms of a command to something that exists: the version in If-Match, and the Idempotency-Key; both optional."""


def etag(response: Response, version: int) -> None:
    """Put the document's version into the answer's ETag."""
    response.headers["ETag"] = f'"{version}"'


def made_before(view: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Return what a creation documents beside its 201: the answer to a key that comes again with the same body."""
    return {status.HTTP_200_OK: {"description": "Made before, same body.", "model": view}}


def made(response: Response, created: Created[S]) -> Document[S]:
    """Return what a creation made, and answer 200 instead of 201 when it was made before."""
    if not created.fresh:
        response.status_code = status.HTTP_200_OK
    return created.document
