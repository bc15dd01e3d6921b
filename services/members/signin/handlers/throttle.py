"""Letting tries through, one after the other where it has become suspicious, and counting those that were wrong."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.members.signin.domain.throttle import CREDIT, PATIENCE, RULES, Bucket, FailedAttempts, Why, fill, wait_of
from shared.clock import Clock
from shared.ids import keyed_id
from shared.refusal import Refusal
from shared.store.commands import change_or_create
from shared.store.document import Because, Conflict, Document, Documents

_AT_ONCE_PAIR: Final = 5
_AT_ONCE_ADDRESS: Final = 24
_QUEUE: Final = 256
"""Calls that may wait for their turn at one account or address."""
_TURN_SECONDS: Final = 5.0


@dataclass(slots=True)
class _Turns:
    """Who is trying now at one account or from one address, in this process."""

    at_once: asyncio.Semaphore
    users: int = 0
    due_at: datetime | None = None


@dataclass(slots=True)
class Attempt:
    """One try: where it is counted, and what came of it (None: the password was never looked at)."""

    pair: str
    address: str | None
    account: str | None
    right: bool | None = None


@dataclass(slots=True)
class Throttle:
    """Slows guessing down. `tries` are shared by all replicas; turns are each process's own.

    What is counted under is made with the `key`: an address is soon found by trying all.
    """

    tries: Documents[FailedAttempts]
    clock: Clock
    key: bytes = field(repr=False)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _turns: dict[str, _Turns] = field(default_factory=dict[str, _Turns])

    @asynccontextmanager
    async def trying(self, person_id: str, address: str, device_id: str | None) -> AsyncGenerator[Attempt]:
        """Wait for the turn of a try, give it, and count it by its outcome.

        Raises `Refusal(auth.too_many_tries)` with `retry_after` when the turn is not near. What it costs does not
        depend on whether there is such an account.
        """
        place = ("device", device_id) if device_id is not None else ("address", address)
        attempt = Attempt(pair=keyed_id(self.key, "pair", person_id, *place), address=None, account=None)
        if device_id is None:
            attempt.address = keyed_id(self.key, "address", address)
            attempt.account = keyed_id(self.key, "account", person_id)
        async with self._turn(attempt.pair, _AT_ONCE_PAIR) as turns:
            await self._wait(attempt, turns)
            async with self._turn(attempt.address, _AT_ONCE_ADDRESS):
                yield attempt
                if attempt.right is not None:
                    await self._count(attempt)

    async def _wait(self, attempt: Attempt, turns: _Turns | None) -> None:
        now = self.clock.now()
        known = await self._load(attempt)
        pair, address, account = (known.get(key or "") for key in (attempt.pair, attempt.address, attempt.account))
        wait = wait_of(pair, address, account, now)
        due = wait.due_at
        if turns is not None and wait.pause:
            due = max(due, turns.due_at or due)
            if due - now <= PATIENCE:
                turns.due_at = due + wait.pause
        if due - now > PATIENCE:
            raise _too_many(due - now)
        if due > now:
            await self.sleep((due - now).total_seconds())

    async def _load(self, attempt: Attempt) -> dict[str, FailedAttempts]:
        keys = [key for key in (attempt.pair, attempt.address, attempt.account) if key is not None]
        found: list[Document[FailedAttempts]] = await self.tries.select({"_id": {"$in": keys}})
        return {one.id: one.state for one in found}

    async def _count(self, attempt: Attempt) -> None:
        now = self.clock.now()
        known = await self._load(attempt)
        for bucket, key in (
            (Bucket.PAIR, attempt.pair),
            (Bucket.ADDRESS, attempt.address),
            (Bucket.ACCOUNT, attempt.account),
        ):
            if key is None:
                continue
            if not attempt.right:
                await self._fill(bucket, key, 1.0, now)
            elif key in known and bucket is not Bucket.ACCOUNT:
                await self._fill(bucket, key, -math.inf if bucket is Bucket.PAIR else -CREDIT, now)

    async def _fill(self, bucket: Bucket, key: str, by: float, now: datetime) -> None:
        because = Because.command("system", key, now)
        try:
            empty = FailedAttempts(0.0, now, now)
            await change_or_create(self.tries, key, empty, lambda tries: fill(bucket, tries, by, now), because)
        except Conflict as error:
            raise _too_many(timedelta(seconds=1)) from error

    @asynccontextmanager
    async def _turn(self, key: str | None, at_once: int) -> AsyncGenerator[_Turns | None]:
        if key is None:
            yield None
            return
        turns = self._turns.setdefault(key, _Turns(asyncio.Semaphore(at_once)))
        if turns.users >= _QUEUE:
            raise _too_many(timedelta(seconds=_TURN_SECONDS))
        turns.users += 1
        try:
            try:
                async with asyncio.timeout(_TURN_SECONDS):
                    await turns.at_once.acquire()
            except TimeoutError as error:
                raise _too_many(timedelta(seconds=2)) from error
            try:
                yield turns
            finally:
                turns.at_once.release()
        finally:
            turns.users -= 1
            if not turns.users:
                del self._turns[key]


def _too_many(wait: timedelta) -> Refusal:
    seconds = max(1, math.ceil(wait.total_seconds()))
    return Refusal(Why.TOO_MANY_TRIES, retry_after=seconds, limit=RULES[Bucket.PAIR].free)
