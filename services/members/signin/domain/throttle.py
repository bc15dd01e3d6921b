"""How wrong passwords slow further tries down: buckets that each wrong one fills and time empties.

Three buckets. **Pair**: an account tried from one place, which is an address, or a device that this account signed in
on before. **Address**: all accounts tried from one address by unknown devices. **Account**: one account tried by
unknown devices from anywhere. Only the pair's bucket ever refuses for long, and whoever fills it fills their own: the
right password from another place, or from a known device, waits a moment at most.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.contracts.event import Fact


class Why(StrEnum):
    """Why a try is refused before the password is looked at."""

    TOO_MANY_TRIES = "auth.too_many_tries"


class Bucket(StrEnum):
    """What is counted together."""

    PAIR = "pair"
    ADDRESS = "address"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Rule:
    """A bucket: wrong tries that are free, seconds in which one is forgotten, and how the pause between tries grows.

    Above `free` there is a pause of one second; it doubles with every `doubling` tries above `steady`, up to `longest`.
    """

    free: int
    forgotten_in: float
    steady: int
    doubling: int
    longest: float


RULES: Final[dict[Bucket, Rule]] = {
    Bucket.PAIR: Rule(free=5, forgotten_in=300, steady=60, doubling=10, longest=900),
    Bucket.ADDRESS: Rule(free=100, forgotten_in=3, steady=150, doubling=100, longest=2),
    Bucket.ACCOUNT: Rule(free=50, forgotten_in=60, steady=50, doubling=1000, longest=1),
}
"""A dormitory behind one address mistypes often: its bucket is deep, empties fast, and never stops anybody for long."""

CREDIT: Final = 5
"""Wrong tries of an address that one right password makes up for."""
PATIENCE: Final = timedelta(seconds=2.5)
"""A pause this short is waited out; a longer one is told, and the try refused."""
_FIRE_FREE: Final = 1
"""Free wrong tries of a pair while its account is under fire from everywhere."""


@dataclass(frozen=True, slots=True)
class FailedAttempts:
    """How full a bucket was at its latest wrong try, and from when on nothing of it is left."""

    level: float
    at: datetime
    forget_at: datetime


def level_of(bucket: Bucket, tries: FailedAttempts | None, now: datetime) -> float:
    """Return how full the bucket is now."""
    if tries is None:
        return 0.0
    passed = max(0.0, (now - tries.at).total_seconds())
    return max(0.0, tries.level - passed / RULES[bucket].forgotten_in)


def filled(bucket: Bucket, tries: FailedAttempts | None, by: float, now: datetime) -> FailedAttempts:
    """Return the bucket after one more wrong try, or after a credit (a negative `by`), which shortens no pause."""
    level = max(0.0, level_of(bucket, tries, now) + by)
    at = now if by > 0 or tries is None else tries.at
    if level and at < now:
        level += (now - at).total_seconds() / RULES[bucket].forgotten_in
    return FailedAttempts(level, at, at + timedelta(seconds=math.ceil((level + 1) * RULES[bucket].forgotten_in)))


def fill(bucket: Bucket, tries: FailedAttempts, by: float, now: datetime) -> tuple[FailedAttempts, Sequence[Fact]]:
    """Fill a bucket that is there; it tells nobody anything."""
    return filled(bucket, tries, by, now), []


def pause(bucket: Bucket, level: float, free: int | None = None) -> timedelta:
    """Return the pause after the latest wrong try at this level."""
    rule = RULES[bucket]
    if level < (rule.free if free is None else free):
        return timedelta()
    doublings = max(0.0, level - rule.steady) / rule.doubling
    return timedelta(seconds=min(rule.longest, 2.0 ** min(doublings, 20)))


@dataclass(frozen=True, slots=True)
class Wait:
    """The next moment at which a try is due, and the pause between two tries."""

    due_at: datetime
    pause: timedelta


def wait_of(
    pair: FailedAttempts | None, address: FailedAttempts | None, account: FailedAttempts | None, now: datetime
) -> Wait:
    """Return when the next try of a pair is due, in the light of its address and its account.

    A known device comes without the two: strangers do not slow it down.
    """
    under_fire = level_of(Bucket.ACCOUNT, account, now) >= RULES[Bucket.ACCOUNT].free
    free = _FIRE_FREE if under_fire else RULES[Bucket.PAIR].free
    level = level_of(Bucket.PAIR, pair, now)
    due, longest = now, timedelta()
    for tries, gap in (
        (pair, pause(Bucket.PAIR, level, free)),
        (address, pause(Bucket.ADDRESS, level_of(Bucket.ADDRESS, address, now))),
        (account, pause(Bucket.ACCOUNT, level_of(Bucket.ACCOUNT, account, now))),
    ):
        if tries is not None and gap:
            due, longest = max(due, tries.at + gap), max(longest, gap)
    return Wait(due, longest)
