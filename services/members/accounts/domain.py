"""What an account is. The hash itself is made and compared outside: here is only what follows from it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.contracts.event import Fact
from shared.contracts.members import SessionsEnded

LONGEST_SESSION: Final = timedelta(hours=12)
"""After this time every token that was signed before has expired by itself."""
SHORTEST_PASSWORD: Final = 8
"""The fewest characters of a password."""
LONGEST_PASSWORD: Final = 200
"""The most characters of a password: hashing more would only cost time."""
_HASH: Final = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}"
)
_MOST_MEMORY_KIB, _MOST_ROUNDS, _MOST_LANES = 262_144, 10, 8


class Why(StrEnum):
    """Why no password is compared."""

    BUSY = "auth.busy"


@dataclass(frozen=True, slots=True)
class Account:
    """A local account of the person with the same id; `initial` while the hash is the one it was given at an import.

    Without a hash nothing fits: it waits for a password. `number` rises with every new password; a token carries the
    number that it was signed under.
    """

    password_hash: str
    initial: bool
    changed_at: datetime
    number: int = 0


def opened(password_hash: str, now: datetime) -> Account:
    """Return a new account with its initial password."""
    return Account(password_hash=password_hash, initial=True, changed_at=now)


def reopened(account: Account, password_hash: str, now: datetime) -> tuple[Account, Sequence[Fact]]:
    """Give an account that waits for a password an initial one; one that has a password keeps it."""
    if account.password_hash:
        return account, []
    return replace(account, password_hash=password_hash, initial=True, changed_at=now), []


def rehashed(account: Account, seen: str, password_hash: str, now: datetime) -> tuple[Account, Sequence[Fact]]:
    """Replace the hash that was `seen` by one with its own salt; no change when it was replaced meanwhile."""
    if account.password_hash != seen:
        return account, []
    return replace(account, password_hash=password_hash, initial=False, changed_at=now), []


def renewed(person_id: str, account: Account, password_hash: str, now: datetime) -> tuple[Account, Sequence[Fact]]:
    """Give an account a new password, or none (""): every session until now ends."""
    number = account.number + 1
    key = f"account:{person_id}"
    ended = SessionsEnded(key=key, person_id=person_id, below=number, forget_at=now + LONGEST_SESSION)
    return Account(password_hash, initial=False, changed_at=now, number=number), [ended]


def is_affordable_hash(text: str) -> bool:
    """Tell whether the text is an argon2id hash that costs no more to compare than we are ready to spend."""
    found = _HASH.fullmatch(text)
    if found is None:
        return False
    memory, rounds, lanes = (int(part) for part in found.groups())
    return 8 <= memory <= _MOST_MEMORY_KIB and 1 <= rounds <= _MOST_ROUNDS and 1 <= lanes <= _MOST_LANES  # noqa: PLR2004 - argon2's own least memory
