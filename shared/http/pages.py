"""Cursor pages: a cursor is opaque to callers and says where the next page begins."""

from collections.abc import Sequence
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from shared.keyset import MOST_CHARACTERS

T = TypeVar("T")

CURSOR: Final = "The next_cursor of the page before."
Cursor = Annotated[str | None, Query(max_length=MOST_CHARACTERS, description=CURSOR)]
"""The cursor of a page, or None for the first one."""


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is None on the last."""

    model_config = ConfigDict(frozen=True)

    items: Sequence[T]
    next_cursor: str | None = None
