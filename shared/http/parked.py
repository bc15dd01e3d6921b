"""What administrators ask of parked events: one set of routes under `/api/<service>/parked`, for every service."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, cast

import orjson
from fastapi import Depends, Query, Request

from shared.auth.dependency import Me
from shared.auth.permissions import ADMIN
from shared.bus.parked import LATEST_FIRST, ParkedEvent, Which
from shared.bus.parked_desk import Ended, ParkedDesk, discard_parked, replay_parked, show_parked
from shared.contracts.stages import Visibility
from shared.http.body import Body, View
from shared.http.pages import Page, page_of, paged
from shared.http.router import Router
from shared.keyset import PageQuery
from shared.words import Words


class DiscardedView(View):
    """Who discarded a parked event, when, and why."""

    by: str
    at: datetime
    reason: str


class ParkedRow(View):
    """A parked event in a list: `type` is what its bytes say they are, `attempts` counts deliveries and replays."""

    id: str
    durable: str
    sequence: int
    subject: str
    type: str | None
    reason: str
    attempts: int
    parked_at: datetime
    tried_at: datetime | None
    discarded: DiscardedView | None


class ParkedView(ParkedRow):
    """A parked event with its content: as JSON if it is JSON, else as text, else in Base64.

    Of a sealed request the envelope alone is shown (`withheld`). `heard` tells whether its durable still exists, so
    that a replay can be tried.
    """

    size: int
    event: dict[str, Any] | None
    text: str | None
    base64: str | None
    withheld: bool
    heard: bool


class ReplayView(View):
    """How a replay ended; after `done` and `refused` the event is parked no longer (`kept` false).

    `reason` is the refusal's code or the words of the fault; `attempts` counts every try so far.
    """

    id: str
    outcome: Ended
    kept: bool
    reason: str | None
    attempts: int


class DiscardBody(Body):
    """Why the event is not to be handled: kept with it."""

    reason: Annotated[str, Words(500, least=3, lines=True)]


async def _desk(call: Request) -> ParkedDesk:
    return cast("ParkedDesk", call.app.state.parked)


Desk = Annotated[ParkedDesk, Depends(_desk)]


def parked_router(service: str) -> Router:
    """Return the routes of this service's parked events."""
    router = Router(
        prefix=f"/api/{service}/parked",
        tags=["parked events"],
        about="Events that nobody could handle: look at them, hand them in again, or discard them.",
    )
    router.add_api_route("", get_parked_events, methods=["GET"], allow=ADMIN)
    router.add_api_route("/{parked_id}", get_parked_event, methods=["GET"], allow=ADMIN)
    router.add_api_route("/{parked_id}/replay", post_replay, methods=["POST"], allow=ADMIN)
    router.add_api_route("/{parked_id}/discard", post_discard, methods=["POST"], allow=ADMIN)
    return router


async def get_parked_events(
    *,
    desk: Desk,
    durable: Annotated[str | None, Query(max_length=80, pattern=r"^[a-z0-9-]*$")] = None,
    discarded: Annotated[bool, Query(description="The discarded ones instead of those that wait.")] = False,
    page: Annotated[PageQuery, paged(LATEST_FIRST, limit=50, most=200)],
) -> Page[ParkedRow]:
    """List parked events, those that were parked last first."""
    found = await desk.parking.page(Which(durable or None, discarded), page)
    return page_of(found, lambda one: ParkedRow.of(one, **_row(one, _json(one.raw))))


async def get_parked_event(desk: Desk, parked_id: str) -> ParkedView:
    """Show one parked event with its content, discarded or not."""
    event = await show_parked(desk, parked_id)
    content = _json(event.raw)
    withheld = _sealed(content)
    text = None if content is not None else _text(event.raw)
    plain = content is None and text is None
    return ParkedView.of(
        event,
        **_row(event, content),
        size=len(event.raw),
        event=content if content is None or not withheld else {**content, "data": None},
        text=text,
        base64=base64.b64encode(event.raw).decode() if plain else None,
        withheld=withheld,
        heard=event.durable in desk.runners,
    )


async def post_replay(desk: Desk, me: Me, parked_id: str) -> ReplayView:
    """Hand a parked event to its own durable once more; it leaves when it is handled, else it stays with the reason."""
    return ReplayView.of(await replay_parked(desk, me.id, parked_id))


async def post_discard(desk: Desk, me: Me, parked_id: str, body: DiscardBody) -> ParkedRow:
    """Decide that a parked event is not to be handled; it is kept, with who, when and why."""
    event = await discard_parked(desk, me.id, parked_id, body.reason)
    return ParkedRow.of(event, **_row(event, _json(event.raw)))


def _row(event: ParkedEvent, content: Mapping[str, Any] | None) -> dict[str, Any]:
    kind = None if content is None else content.get("type")
    return {"type": kind if isinstance(kind, str) else None, "parked_at": event.at}


def _json(raw: bytes) -> dict[str, Any] | None:
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return cast("dict[str, Any]", content) if isinstance(content, dict) else None


def _text(raw: bytes) -> str | None:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if all(one.isprintable() or one in "\r\n\t" for one in text) else None


def _sealed(content: Mapping[str, Any] | None) -> bool:
    data = None if content is None else content.get("data")
    return isinstance(data, dict) and cast("dict[str, Any]", data).get("visibility") == Visibility.SEALED
