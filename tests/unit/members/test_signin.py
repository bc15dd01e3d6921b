"""Accounts: what follows from a hash, and passwords on their threads."""

from datetime import UTC, datetime

import pytest

from services.members.signin.domain import is_affordable_hash, opened, rehashed
from services.members.signin.handlers import Passwords

NOW = datetime(2026, 9, 1, tzinfo=UTC)
TAIL = "$c29tZXNhbHRzYWx0$" + "A" * 43


def test_an_initial_hash_is_replaced_once_by_one_with_its_own_salt() -> None:
    account = opened("shared", NOW)
    own, _ = rehashed(account, "shared", "own", NOW)
    assert (own.password_hash, own.initial) == ("own", False)
    assert rehashed(own, "shared", "other", NOW) == (own, [])


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("$argon2id$v=19$m=19456,t=2,p=1" + TAIL, True),
        ("$argon2id$v=19$m=4194304,t=2,p=1" + TAIL, False),
        ("$argon2id$v=19$m=19456,t=99,p=1" + TAIL, False),
        ("$argon2id$v=19$m=19456,t=2,p=64" + TAIL, False),
        ("$argon2i$v=19$m=19456,t=2,p=1" + TAIL, False),
        ("5f4dcc3b5aa765d61d8327deb882cf99", False),
    ],
)
def test_a_given_hash_must_be_argon2id_and_affordable(text: str, fine: bool) -> None:
    assert is_affordable_hash(text) is fine


async def test_a_password_fits_its_hash_and_nothing_fits_nobody() -> None:
    passwords = Passwords(1)
    made = await passwords.hash("yizhan-demo")
    assert is_affordable_hash(made)
    assert await passwords.fits(made, "yizhan-demo")
    assert not await passwords.fits(made, "another one")
    assert not await passwords.fits(None, "nobody's password")
    assert not await passwords.fits("no hash at all", "yizhan-demo")
    await passwords.close()
