"""Cursor pages: a cursor is opaque to callers and says where the next page begins."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

import orjson
from pydantic import BaseModel, ConfigDict

from shared.refusal import Refusal

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is None on the last."""

    model_config = ConfigDict(frozen=True)

    items: Sequence[T]
    next_cursor: str | None = None


def encode_cursor(*values: str | float) -> str:
    """Return the cursor that carries these values (the sort fields of the last item shown)."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type[str | int | float]) -> list[Any]:
    """Return a cursor's values; raises `Refusal` `http.cursor_malformed` unless they are of these kinds."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise Refusal("http.cursor_malformed") from error
    if not isinstance(values, list):
        raise Refusal("http.cursor_malformed")
    items = cast("list[Any]", values)
    if len(items) != len(kinds) or any(not isinstance(v, kind) for v, kind in zip(items, kinds, strict=True)):
        raise Refusal("http.cursor_malformed")
    return items
