"""Signed tokens (JWT, EdDSA over Ed25519, RFC 8037): `members` signs, everybody else only verifies."""

import asyncio
import json
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from shared.auth.actor import Actor, Session
from shared.clock import Clock
from shared.contracts.members import Role
from shared.ids import derive_id
from shared.refusal import Refusal

ISSUER: Final = "yizhan"
COOKIE: Final = "yizhan_session"
LIFETIME: Final = timedelta(hours=12)
DEVICE_LIFETIME: Final = timedelta(days=180)
_DEVICE: Final = "device"
_ALGORITHM: Final = "EdDSA"
_REMEMBERED: Final = 4096
_RELOAD_AFTER: Final = timedelta(seconds=30)


class Signer:
    """Signs tokens with the service's private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """Sign with this key; its id follows from its public half."""
        self._key = key
        jwk: dict[str, Any] = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self.kid = derive_id("jwk", str(jwk["x"]))
        self.jwks: dict[str, Any] = {"keys": [{**jwk, "kid": self.kid, "use": "sig", "alg": _ALGORITHM}]}

    @classmethod
    def from_file(cls, path: Path) -> "Signer":
        """Read the key from a PEM file, making one (mode 600) when there is none; writes `jwks.json` beside it."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            pem = Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            path.touch(mode=0o600)
            path.write_bytes(pem)
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            msg = f"{path} holds no Ed25519 key"
            raise TypeError(msg)
        signer = cls(key)
        path.with_name("jwks.json").write_text(json.dumps(signer.jwks), encoding="utf-8")
        return signer

    def sign(self, actor: Actor, now: datetime, lifetime: timedelta = LIFETIME) -> tuple[str, datetime]:
        """Return a token for the actor and the moment when it expires; it is ended with the actor's session."""
        expires = now + lifetime if actor.session is None else actor.session.expires_at
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "sub": actor.id,
            "name": actor.name,
            "roles": sorted(actor.roles),
            "place": actor.place,
            "units": list(actor.units),
            "duty": list(actor.duty),
            "iat": int(now.timestamp()),
            "exp": int(expires.timestamp()),
        }
        if actor.username is not None:
            claims["username"] = actor.username
        if actor.session is not None:
            claims |= {
                "sid": actor.session.id,
                "standing": actor.session.standing,
                "account": actor.session.account,
            }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"kid": self.kid}), expires

    def mark_device(self, person_id: str, device_id: str, now: datetime) -> str:
        """Return a mark for a device that this person signed in on: it lets nobody in, it only tells the device."""
        claims = {
            "iss": ISSUER,
            "aud": _DEVICE,
            "sub": person_id,
            "jti": device_id,
            "exp": int((now + DEVICE_LIFETIME).timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"kid": self.kid})

    def device_of(self, mark: str, person_id: str, now: datetime) -> str | None:
        """Return the id of the device whose mark this is, if we signed it for this person and it is not too old."""
        try:
            claims: dict[str, Any] = jwt.decode(
                mark,
                self._key.public_key(),
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                audience=_DEVICE,
                options={"require": ["exp", "sub", "iss", "jti"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            return None
        ours = claims["sub"] == person_id and float(claims["exp"]) > now.timestamp()
        return str(claims["jti"]) if ours else None


class Verifier:
    """Verifies tokens against the published keys; remembers the latest ones until they expire."""

    def __init__(self, jwks: str, clock: Clock) -> None:
        """Read keys from `jwks` (a file or a URL) when the first token with an unknown key comes."""
        self._source = jwks
        self._clock = clock
        self._keys: dict[str, Any] = {}
        self._loaded: datetime | None = None
        self._known: OrderedDict[str, tuple[Actor, float]] = OrderedDict()
        self._loading = asyncio.Lock()

    async def verify(self, token: str) -> Actor:
        """Return who the token names; raises `Refusal` `auth.token_invalid` or `auth.token_expired`."""
        now = self._clock.now().timestamp()
        known = self._known.get(token)
        if known is not None and known[1] > now:
            return known[0]
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            key = await self._key(str(kid))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                options={"require": ["exp", "sub", "iss"], "verify_exp": False, "verify_iat": False},
            )
            expires = float(claims["exp"])
            session = Session(
                id=str(claims.get("sid", "")),
                person_id=claims["sub"],
                standing=int(claims.get("standing", 0)),
                account=int(claims.get("account", 0)),
                expires_at=datetime.fromtimestamp(expires, UTC),
            )
            actor = Actor(
                id=claims["sub"],
                name=claims["name"],
                roles=frozenset(Role(role) for role in claims["roles"]),
                place=claims["place"],
                units=tuple(claims["units"]),
                session=session,
                username=_text(claims.get("username")),
                duty=tuple(str(place) for place in claims.get("duty", ())),
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise Refusal("auth.token_invalid") from error
        if expires <= now:
            raise Refusal("auth.token_expired")
        self._known[token] = (actor, expires)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return actor

    async def _key(self, kid: str) -> Any:
        if kid not in self._keys:
            async with self._loading:
                await self._load()
        if kid not in self._keys:
            raise Refusal("auth.token_invalid")
        return self._keys[kid]

    async def _load(self) -> None:
        now = self._clock.now()
        if self._keys and self._loaded is not None and now - self._loaded < _RELOAD_AFTER:
            return
        if self._source.startswith(("http://", "https://")):
            try:
                async with httpx.AsyncClient(timeout=5) as client:
                    text = (await client.get(self._source)).raise_for_status().text
            except httpx.HTTPError as error:
                raise Refusal("auth.keys_unavailable") from error
        else:
            path = Path(self._source)
            if not await asyncio.to_thread(path.exists):
                raise Refusal("auth.keys_unavailable")
            text = await asyncio.to_thread(path.read_text, encoding="utf-8")
        self._keys = {key["kid"]: jwt.PyJWK(key).key for key in json.loads(text)["keys"]}
        self._loaded = now


def _text(claim: object) -> str | None:
    return claim if isinstance(claim, str) else None
