"""Cursor pages over HTTP; `shared.keyset` tells how a list is written."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Depends, Query

from shared.contracts.model import Model
from shared.keyset import MOST_CHARACTERS, Order, PageQuery, Slice

T = TypeVar("T")
V = TypeVar("V")

_TOLD: Final = "The next_cursor of the page before."


def cursor_of(order: Order) -> Any:
    """Return the declaration of the query parameter that says where a page of a list in this order begins."""
    return Query(description=_TOLD, json_schema_extra={"pattern": order.pattern, "maxLength": MOST_CHARACTERS})


def paged(order: Order, *, limit: int = 20, most: int = 100) -> Any:
    """Give a route the page that is asked for, by `cursor` and `limit`, as the second half of its `Annotated`."""
    usual = limit

    async def asked(
        cursor: Annotated[str | None, cursor_of(order)] = None,
        limit: Annotated[int, Query(ge=1, le=most)] = usual,
    ) -> PageQuery:
        return order.query(cursor, limit)

    return Depends(asked)


class Page(Model, Generic[T]):
    """One page of a list; `next_cursor` is None on the last."""

    items: Sequence[T]
    next_cursor: str | None = None


def page_of(found: Slice[T], view: Callable[[T], V]) -> Page[V]:
    """Answer with a page of a list, each item as `view` shows it."""
    return Page(items=[view(item) for item in found.items], next_cursor=found.next_cursor)
