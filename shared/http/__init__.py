"""HTTP as every service speaks it: problems, strict bodies, idempotency keys, versions, pages, live streams, health."""

from shared.http.answers import LOCATION, may_answer
from shared.http.body import Body, Versioned, View, Whole
from shared.http.conditions import IdempotencyKey, IfMatch, OnTerms, etag, made, made_before
from shared.http.hot import HotRoute
from shared.http.live import ServerEvent, sse
from shared.http.moments import Moment
from shared.http.pages import Page, cursor_of, page_of, paged
from shared.http.router import Router
from shared.keyset import PageQuery

__all__ = [
    "LOCATION",
    "Body",
    "HotRoute",
    "IdempotencyKey",
    "IfMatch",
    "Moment",
    "OnTerms",
    "Page",
    "PageQuery",
    "Router",
    "ServerEvent",
    "Versioned",
    "View",
    "Whole",
    "cursor_of",
    "etag",
    "made",
    "made_before",
    "may_answer",
    "page_of",
    "paged",
    "sse",
]
