"""HTTP as every service speaks it: problems, strict bodies, idempotency keys, versions, pages, live streams, health."""

from shared.http.body import Body, Router, View
from shared.http.conditions import IdempotencyKey, IfMatch, OnTerms, etag, made, made_before
from shared.http.hot import HotRoute
from shared.http.live import ServerEvent, sse
from shared.http.moments import Moment
from shared.http.pages import CURSOR, Cursor, Page

__all__ = [
    "CURSOR",
    "Body",
    "Cursor",
    "HotRoute",
    "IdempotencyKey",
    "IfMatch",
    "Moment",
    "OnTerms",
    "Page",
    "Router",
    "ServerEvent",
    "View",
    "etag",
    "made",
    "made_before",
    "sse",
]
