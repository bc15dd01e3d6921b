"""Tokens: only what `members` signed counts, and only until it expires."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.auth.actor import Actor, Session
from shared.auth.tokens import Signer, Verifier
from shared.contracts.members import Role
from shared.refusal import Refusal

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
WANG = Actor(
    "wang", "王晓明", frozenset({Role.STUDENT, Role.HELPER}), "east.b1.f2.r203", ("branch-1",), duty=("east.b1",)
)


class SetClock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.from_file(tmp_path / "keys" / "signing.pem")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def verifier(tmp_path: Path, clock: SetClock) -> Verifier:
    return Verifier(str(tmp_path / "keys" / "jwks.json"), clock)


async def test_a_signed_token_names_its_person(signer: Signer, verifier: Verifier) -> None:
    token, expires = signer.sign(WANG, NOW)
    assert await verifier.verify(token) == WANG
    assert await verifier.verify(token) == WANG
    assert expires == NOW + timedelta(hours=12)


async def test_a_token_ends_even_when_it_is_remembered(signer: Signer, verifier: Verifier, clock: SetClock) -> None:
    token, expires = signer.sign(WANG, NOW)
    await verifier.verify(token)
    clock.time = expires
    with pytest.raises(Refusal) as refusal:
        await verifier.verify(token)
    assert refusal.value.code == "auth.token_expired"


async def test_a_token_of_another_key_is_refused(signer: Signer, verifier: Verifier) -> None:
    assert signer.kid
    foreign, _ = Signer(Ed25519PrivateKey.generate()).sign(WANG, NOW)
    forged = jwt.encode(
        {"iss": "yizhan", "sub": "x", "exp": 9_999_999_999},
        Ed25519PrivateKey.generate(),
        algorithm="EdDSA",
        headers={"kid": signer.kid},
    )
    for token in (foreign, forged, "", "a.b.c", "Bearer"):
        with pytest.raises(Refusal) as refusal:
            await verifier.verify(token)
        assert refusal.value.code == "auth.token_invalid"


async def test_a_token_without_signature_is_refused(signer: Signer, verifier: Verifier) -> None:
    bare = jwt.encode({"iss": "yizhan", "sub": "wang"}, "", algorithm="none", headers={"kid": signer.kid})
    with pytest.raises(Refusal) as refusal:
        await verifier.verify(bare)
    assert refusal.value.code == "auth.token_invalid"


async def test_a_signed_token_with_unknown_content_is_refused(signer: Signer, verifier: Verifier) -> None:
    odd = signer.sign(Actor("x", "x", frozenset()), NOW)[0]
    assert jwt.get_unverified_header(odd)["alg"] == "EdDSA"
    claims = {"iss": "yizhan", "sub": "x", "name": "x", "roles": ["king"], "place": None, "units": [], "exp": 9e9}
    token = jwt.encode(claims, signer._key, algorithm="EdDSA", headers={"kid": signer.kid})
    with pytest.raises(Refusal) as refusal:
        await verifier.verify(token)
    assert refusal.value.code == "auth.token_invalid"


async def test_without_published_keys_nobody_is_verified(tmp_path: Path, clock: SetClock) -> None:
    token, _ = Signer(Ed25519PrivateKey.generate()).sign(WANG, NOW)
    with pytest.raises(Refusal) as refusal:
        await Verifier(str(tmp_path / "absent.json"), clock).verify(token)
    assert refusal.value.code == "auth.keys_unavailable"


def test_the_key_file_is_kept_and_private(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    first = Signer.from_file(path)
    assert Signer.from_file(path).kid == first.kid
    assert path.stat().st_mode & 0o077 == 0


async def test_a_token_names_its_session_and_one_of_an_earlier_release_names_none(
    signer: Signer, verifier: Verifier
) -> None:
    until = NOW + timedelta(hours=3)
    given = Session("s1", "wang", standing=4, account=2, expires_at=until)
    token, expires = signer.sign(replace(WANG, session=given), NOW)
    assert expires == until
    assert (await verifier.verify(token)).session == given
    old = (await verifier.verify(signer.sign(WANG, NOW)[0])).session
    assert old is not None
    assert old.keys == (("session:", 0), ("person:wang", 0), ("account:wang", 0))


async def test_a_mark_of_a_device_tells_the_device_to_us_and_lets_nobody_in(signer: Signer, verifier: Verifier) -> None:
    mark = signer.mark_device("wang", "phone", NOW)
    assert signer.device_of(mark, "wang", NOW) == "phone"
    assert signer.device_of(mark, "li", NOW) is None
    assert signer.device_of(mark, "wang", NOW + timedelta(days=181)) is None
    assert signer.device_of(Signer(Ed25519PrivateKey.generate()).mark_device("wang", "x", NOW), "wang", NOW) is None
    assert signer.device_of(signer.sign(WANG, NOW)[0], "wang", NOW) is None
    for broken in ("", "a.b.c"):
        assert signer.device_of(broken, "wang", NOW) is None
    with pytest.raises(Refusal, match=r"auth\.token_invalid"):
        await verifier.verify(mark)


async def test_the_account_name_is_told_and_tokens_without_it_stay_good(signer: Signer, verifier: Verifier) -> None:
    named = await verifier.verify(signer.sign(replace(WANG, username="2023-0417"), NOW)[0])
    assert (named, named.username) == (WANG, "2023-0417")
    assert (await verifier.verify(signer.sign(WANG, NOW)[0])).username is None
