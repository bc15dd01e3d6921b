"""The one check before every route: who is it, and does the route let this role in."""

import contextlib
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Any, Final

from fastapi import Depends, Request

from shared.auth.actor import Actor
from shared.auth.limits import CHANGING, READING, STRANGERS, Limit, Limits
from shared.auth.origins import Parts, is_from_elsewhere
from shared.auth.permissions import STAFF, Allowed
from shared.auth.sessions import EndedSessions
from shared.auth.tokens import COOKIE, Verifier
from shared.clock import Clock
from shared.refusal import Refusal

_NEAR: Final = 64
"""Bits of an IPv6 address that name a network: one household has all the addresses within."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
ANONYMOUS: Final = Actor(id="anonymous", name="", roles=frozenset())


async def permit(request: Request) -> Actor:
    """Return the actor when the route lets them call it.

    Raises `Refusal`: `auth.signed_out` without a token, `auth.session_ended` for one whose session is over,
    `auth.forbidden` for the wrong role, `auth.cross_site` for what another site made a browser send: by its cookie, or
    to a route that is open to all (a stranger's page must not sign anybody in or out),
    `http.too_many_calls` for one call too many.
    """
    route: Any = request.scope["route"]
    row: Allowed = route.allow
    limits: Limits = request.app.state.limits
    if row.public:
        limits.take(STRANGERS, address_of(request))
        _refuse_other_sites(request)
        return ANONYMOUS
    token = _token(request)
    verifier: Verifier = request.app.state.verifier
    actor = await verifier.verify(token)
    ended: EndedSessions = request.app.state.ended_sessions
    if actor.session is not None and ended.has(actor.session):
        raise Refusal("auth.session_ended")
    if row.roles is not None and actor.roles.isdisjoint(row.roles):
        raise Refusal("auth.forbidden", action=f"{request.method} {route.path}")
    limits.take(_limit_of(row, request.method, actor), actor.id)
    return actor


def _limit_of(row: Allowed, method: str, actor: Actor) -> Limit:
    if row.staff_limit is not None and STAFF.roles is not None and not actor.roles.isdisjoint(STAFF.roles):
        return row.staff_limit
    return row.limit or (READING if method in _SAFE else CHANGING)


def address_of(request: Request) -> str:
    """Return the address that a call comes from, as the gateway tells it; of IPv6 the network.

    Only a neighbour (the gateway) is believed, and only the last address of the list: the one that it wrote itself.
    """
    peer = request.client.host if request.client is not None else ""
    with contextlib.suppress(ValueError):
        if ip_address(peer).is_private:
            peer = request.headers.get("x-forwarded-for", peer).rpartition(",")[2].strip()
        address = ip_address(peer)
        if isinstance(address, IPv6Address):
            mapped = address.ipv4_mapped
            return str(mapped) if mapped else f"{int(address) >> (128 - _NEAR):x}"
        return str(address)
    return "unknown"


def still_signed_in(request: Request, actor: Actor) -> Callable[[], bool]:
    """Return a question for a stream that goes on: is the actor's session neither ended nor expired by now."""
    ended: EndedSessions = request.app.state.ended_sessions
    clock: Clock = request.app.state.runtime.clock
    session = actor.session

    def still() -> bool:
        return session is None or not (ended.has(session) or session.expires_at <= clock.now())

    return still


def tokens_of(request: Request) -> tuple[str, ...]:
    """Return every token that a call carries: the bearer's, and the cookie's unless another site sent it."""
    header = request.headers.get("authorization", "")
    bearer = header[7:].strip() if header[:7].lower() == "bearer " else None
    cookie = request.cookies.get(COOKIE)
    if is_from_elsewhere(request.headers, _own(request)):
        cookie = None
    return tuple(token for token in (bearer, cookie) if token)


def _token(request: Request) -> str:
    header = request.headers.get("authorization", "")
    if header[:7].lower() == "bearer ":
        return header[7:].strip()
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        raise Refusal("auth.signed_out")
    _refuse_other_sites(request)
    return cookie


def _refuse_other_sites(request: Request) -> None:
    if request.method not in _SAFE and is_from_elsewhere(request.headers, _own(request)):
        raise Refusal("auth.cross_site")


def _own(request: Request) -> Parts | None:
    return getattr(request.app.state, "own_origin", None)


Me = Annotated[Actor, Depends(permit)]
"""The actor of a route; the check has run when the route's function is called."""
