"""Signing in and out over HTTP, and the public keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from pydantic import Field

from services.members.people.domain import Person
from services.members.places.domain import Place
from services.members.places.queries import place_names
from services.members.signin.domain import LONGEST_PASSWORD, Why
from services.members.signin.handlers import SigninDesk, sign_in
from shared.auth.actor import Actor
from shared.auth.dependency import Me
from shared.auth.tokens import COOKIE, LIFETIME, Signer
from shared.contracts.members import Role
from shared.http import Body, Router, View
from shared.refusal import Refusal
from shared.store.document import Document, Documents
from shared.words import Secret, Words

REFUSALS: Final[Mapping[str, int]] = {Why.BAD_CREDENTIALS: 401}
"""HTTP status of every refusal code of signing in."""

router = Router(prefix="/api/members", tags=["sign-in"])


@dataclass(frozen=True, slots=True)
class Counter:
    """Where people sign in; `secure` keeps the cookie to HTTPS."""

    desk: SigninDesk
    places: Documents[Place]
    signer: Signer
    secure: bool


async def _counter(request: Request) -> Counter:
    rooms: Any = request.app.state.rooms
    return rooms.counter


At = Annotated[Counter, Depends(_counter)]


class Credentials(Body):
    """An account name and its password."""

    username: Annotated[str, Words(64)]
    password: Secret = Field(min_length=1, max_length=LONGEST_PASSWORD)


class MeView(View):
    """The person who is signed in."""

    id: str
    name: str
    roles: tuple[Role, ...]
    place: str | None
    place_name: str | None
    units: tuple[str, ...]


class SessionView(View):
    """A session: the token (for those who cannot keep a cookie) and the moment when it expires."""

    token: str
    expires_at: datetime
    person: MeView


async def _me(counter: Counter, person: Document[Person]) -> MeView:
    profile = person.state.profile
    names = await place_names(counter.places, [profile.place])
    return MeView(
        id=person.id,
        name=profile.name,
        roles=profile.roles,
        place=profile.place,
        place_name=names.get(profile.place or ""),
        units=profile.units,
    )


@router.post("/sessions", status_code=201)
async def post_session(counter: At, body: Credentials, response: Response) -> SessionView:
    """Sign in; the token comes as an HttpOnly cookie too."""
    person = await sign_in(counter.desk, body.username, body.password)
    profile = person.state.profile
    actor = Actor(person.id, profile.name, frozenset(profile.roles), profile.place, profile.units)
    token, expires_at = counter.signer.sign(actor, counter.desk.clock.now())
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        secure=counter.secure,
        samesite="lax",
    )
    response.headers["Cache-Control"] = "no-store"
    return SessionView(token=token, expires_at=expires_at, person=await _me(counter, person))


@router.delete("/sessions/current", status_code=204)
async def delete_session(counter: At) -> Response:
    """Sign out: the cookie goes."""
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, secure=counter.secure, samesite="lax")
    return response


@router.get("/me")
async def get_me(counter: At, me: Me) -> MeView:
    """Tell who is signed in, as the ledger has it now."""
    person = await counter.desk.people.load(me.id)
    if person is None or person.state.departed_at is not None:
        code = "auth.token_invalid"
        raise Refusal(code)
    return await _me(counter, person)


@router.get("/jwks.json")
async def get_jwks(counter: At) -> dict[str, Any]:
    """Publish the keys that tokens are verified with (JWKS, RFC 7517)."""
    return counter.signer.jwks
