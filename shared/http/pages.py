"""Cursor pages: a cursor is opaque to callers and says where the next page begins."""

from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from shared.keyset import MOST_CHARACTERS, Order

T = TypeVar("T")

_TOLD: Final = "The next_cursor of the page before."


def cursor_of(order: Order) -> Any:
    """Return the declaration of the query parameter that says where a page of a list in this order begins."""
    return Query(description=_TOLD, json_schema_extra={"pattern": order.pattern, "maxLength": MOST_CHARACTERS})


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is None on the last."""

    model_config = ConfigDict(frozen=True)

    items: Sequence[T]
    next_cursor: str | None = None
