"""Signing in and out over HTTP, and the public keys."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Request, Response

from services.members.accounts.domain import LONGEST_PASSWORD, SHORTEST_PASSWORD
from services.members.people.domain.person import Person
from services.members.places.domain import Place
from services.members.places.queries import place_names
from services.members.signin.handlers.sessions import (
    SignedIn,
    Signin,
    change_password,
    renew,
    sign_in,
    sign_out,
    signed_now,
)
from shared.auth.actor import Actor, Session
from shared.auth.dependency import Me, address_of, tokens_of
from shared.auth.permissions import PUBLIC, SIGNED_IN
from shared.auth.tokens import COOKIE, DEVICE_LIFETIME, LIFETIME, Signer, Verifier
from shared.contracts.members import Role
from shared.http import Body, Router, View, may_answer
from shared.ids import new_id
from shared.refusal import Refusal
from shared.store.document import Document, Documents
from shared.topic import part
from shared.words import Secret, Words

_SLOWED: Final = may_answer(401, 429)

router = Router(
    prefix="/api/members",
    tags=["sign-in"],
    about="Signing in and out, passwords, and the keys that tokens are verified with.",
)


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """What signs tokens; `secure` keeps the cookie to HTTPS."""

    signin: Signin
    places: Documents[Place]
    signer: Signer
    secure: bool


IssuerPart = Annotated[TokenIssuer, part(TokenIssuer)]


class Credentials(Body):
    """An account name and its password."""

    username: Annotated[str, Words(64)]
    password: Annotated[str, Secret(LONGEST_PASSWORD)]


class NewPassword(Body):
    """One's own password and the one to replace it."""

    old_password: Annotated[str, Secret(LONGEST_PASSWORD)]
    new_password: Annotated[str, Secret(LONGEST_PASSWORD, SHORTEST_PASSWORD)]


class MeView(View):
    """The person who is signed in."""

    id: str
    name: str
    roles: tuple[Role, ...]
    place: str | None
    place_name: str | None
    units: tuple[str, ...]
    duty: tuple[str, ...]


class SessionView(View):
    """A session: the token (for those who cannot keep a cookie) and the moment when it expires."""

    token: str
    expires_at: datetime
    person: MeView


async def _me(issuer: TokenIssuer, person: Document[Person]) -> MeView:
    profile = person.state.profile
    names = await place_names(issuer.places, [profile.place])
    name = names.get(profile.place or "")
    return MeView.of(profile, person, place_name=name, duty=profile.works_for)


def _device_cookie(person_id: str) -> str:
    return f"yizhan_device_{person_id[:8]}"


def _known_device(issuer: TokenIssuer, request: Request, person_id: str) -> str | None:
    mark = request.cookies.get(_device_cookie(person_id))
    return None if mark is None else issuer.signer.device_of(mark, person_id, issuer.signin.clock.now())


async def _open_session(
    issuer: TokenIssuer, signed: SignedIn, response: Response, session: Session | None = None
) -> SessionView:
    """Sign a token for this person, into the answer's cookie too; a session that is given goes on."""
    now = issuer.signin.clock.now()
    person = signed.person
    profile = person.state.profile
    session = Session(
        id=new_id() if session is None else session.id,
        person_id=person.id,
        standing=person.state.standing,
        account=signed.account,
        expires_at=now + LIFETIME if session is None else session.expires_at,
    )
    actor = Actor(
        id=person.id,
        name=profile.name,
        roles=frozenset(profile.roles),
        place=profile.place,
        units=profile.units,
        session=session,
        username=person.state.username,
        duty=profile.works_for,
    )
    token, expires_at = issuer.signer.sign(actor, now)
    response.set_cookie(
        COOKIE,
        token,
        max_age=max(0, int((expires_at - now).total_seconds())),
        path="/",
        httponly=True,
        secure=issuer.secure,
        samesite="lax",
    )
    response.headers["Cache-Control"] = "no-store"
    return SessionView(token=token, expires_at=expires_at, person=await _me(issuer, person))


@router.post("/sessions", allow=PUBLIC, status_code=201, responses=_SLOWED)
async def post_session(issuer: IssuerPart, request: Request, body: Credentials, response: Response) -> SessionView:
    """Sign in; the token comes as an HttpOnly cookie too, and the device is known from now on.

    Wrong passwords slow further ones down, for each account and address; a known device is not slowed by strangers.
    """
    signed = await sign_in(
        issuer.signin,
        body.username,
        body.password,
        address_of(request),
        lambda person_id: _known_device(issuer, request, person_id),
    )
    person_id = signed.person.id
    device_id = _known_device(issuer, request, person_id) or new_id()
    response.set_cookie(
        _device_cookie(person_id),
        issuer.signer.mark_device(person_id, device_id, issuer.signin.clock.now()),
        max_age=int(DEVICE_LIFETIME.total_seconds()),
        path="/api/members",
        httponly=True,
        secure=issuer.secure,
        samesite="strict",
    )
    return await _open_session(issuer, signed, response)


@router.post("/sessions/current/renewal", allow=SIGNED_IN, status_code=201)
async def post_renewal(issuer: IssuerPart, me: Me, response: Response) -> SessionView:
    """Sign the session's token anew, as the ledger has the person now (a role gained); its end stays."""
    session = _session_of(me)
    return await _open_session(issuer, await renew(issuer.signin, session), response, session)


@router.delete("/sessions/current", allow=PUBLIC, status_code=204)
async def delete_session(issuer: IssuerPart, request: Request) -> Response:
    """Sign out: the session ends everywhere, and the cookie goes. Harmless without a session."""
    verifier: Verifier = request.app.state.verifier
    for token in tokens_of(request):
        with contextlib.suppress(Refusal):
            await sign_out(issuer.signin, _session_of(await verifier.verify(token)))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, secure=issuer.secure, samesite="lax")
    return response


@router.post("/me/password", allow=SIGNED_IN, status_code=201, responses=_SLOWED)
async def post_password(
    issuer: IssuerPart, me: Me, request: Request, body: NewPassword, response: Response
) -> SessionView:
    """Replace one's own password. This session goes on with the new token of the answer; all others end."""
    device_id = _known_device(issuer, request, me.id)
    await change_password(issuer.signin, me.id, body.old_password, body.new_password, address_of(request), device_id)
    return await _open_session(issuer, await signed_now(issuer.signin, me.id), response)


def _session_of(me: Actor) -> Session:
    if me.session is None:
        code = "auth.signed_out"
        raise Refusal(code)
    return me.session


@router.get("/me", allow=SIGNED_IN)
async def get_me(issuer: IssuerPart, me: Me) -> MeView:
    """Tell who is signed in, as the ledger has it now."""
    person = await issuer.signin.people.documents.load(me.id)
    if person is None or person.state.departed_at is not None:
        code = "auth.token_invalid"
        raise Refusal(code)
    return await _me(issuer, person)


@router.get("/jwks.json", allow=PUBLIC)
async def get_jwks(issuer: IssuerPart) -> dict[str, Any]:
    """Publish the keys that tokens are verified with (JWKS, RFC 7517)."""
    return issuer.signer.jwks
