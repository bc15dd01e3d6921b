"""HTTP as every service speaks it: problems, strict bodies, idempotency keys, versions, pages, live streams, health."""

from shared.http.body import Body, Router, View
from shared.http.conditions import IdempotencyKey, IfMatch, OnTerms, etag, made, made_before
from shared.http.hot import HotRoute
from shared.http.live import ServerEvent, sse
from shared.http.moments import Moment
from shared.http.pages import Page, decode_cursor, encode_cursor

__all__ = [
    "Body",
    "HotRoute",
    "IdempotencyKey",
    "IfMatch",
    "Moment",
    "OnTerms",
    "Page",
    "Router",
    "ServerEvent",
    "View",
    "decode_cursor",
    "encode_cursor",
    "etag",
    "made",
    "made_before",
    "sse",
]
