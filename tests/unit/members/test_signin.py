"""Accounts: what follows from a hash, and passwords on their threads."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.members.accounts.domain import Account, Why, is_affordable_hash, opened, rehashed, renewed, reopened
from services.members.accounts.handlers import Passwords
from services.members.signin.domain.sessions import SignedOut, signed_out
from shared.contracts.members import SessionsEnded
from shared.refusal import Refusal

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


def ended(below: int) -> SessionsEnded:
    return SessionsEnded(key="account:p1", person_id="p1", below=below, forget_at=NOW + timedelta(hours=12))


def test_a_new_password_ends_the_sessions_of_the_old_one() -> None:
    first, facts = renewed("p1", Account("", initial=False, changed_at=NOW), "hash", NOW)
    assert (first.password_hash, first.initial, first.number, facts) == ("hash", False, 1, [ended(1)])
    second, facts = renewed("p1", first, "other", NOW)
    assert (second.password_hash, second.number, facts) == ("other", 2, [ended(2)])
    own, facts = rehashed(second, "other", "own salt", NOW)
    assert (own.number, facts) == (2, []), "another salt of the same password ends nothing"


def test_an_account_without_a_password_waits_for_one() -> None:
    closed, _ = renewed("p1", opened("hash", NOW), "", NOW)
    filled, facts = reopened(closed, "fresh", NOW)
    assert (filled.password_hash, filled.initial, filled.number, facts) == ("fresh", True, 1, [])
    assert reopened(filled, "another", NOW) == (filled, [])


def test_signing_out_ends_one_session() -> None:
    until = NOW + timedelta(hours=1)
    state, facts = signed_out("s1", "p1", until)
    assert state == SignedOut("p1", until)
    assert facts == [SessionsEnded(key="session:s1", person_id="p1", below=1, forget_at=until)]


async def test_the_queue_of_comparisons_has_an_end_and_a_hash_is_made_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.members.accounts.handlers._QUEUE", 3)
    passwords = Passwords(1)
    made = await passwords.hash("yizhan-demo")
    answers = await asyncio.gather(*(passwords.fits(made, "yizhan-demo") for _ in range(10)), return_exceptions=True)
    assert answers[:3] == [True] * 3
    assert all(isinstance(one, Refusal) and one.code == Why.BUSY for one in answers[3:])
    assert await passwords.fits(made, "yizhan-demo"), "and it flows again"
    assert not await passwords.fits("", "")
    await passwords.close()
