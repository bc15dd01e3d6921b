"""Accounts and their passwords. Hashing runs on a few threads, beside the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from services.members.accounts.domain import Account, Why, opened, rehashed, renewed, reopened
from shared.clock import Clock
from shared.refusal import Refusal
from shared.store.commands import change_or_create
from shared.store.document import Because, Documents, change

_MEMORY_KIB, _ROUNDS, _LANES = 19_456, 2, 1
_NOBODY = "nobody's password"
_QUEUE = 64
"""Comparisons that may wait for a thread: a second's work, so that nobody waits for long in a queue without an end."""


class Passwords:
    """Hashes and compares passwords (argon2id, 19 MiB, 2 rounds) on `threads` threads."""

    def __init__(self, threads: int = 2) -> None:
        """Prepare the threads; they start with the first password."""
        self._hasher = PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="hashes")
        self._waiting = 0
        self._decoy: str | None = None

    async def hash(self, password: str, *, salt: str | None = None) -> str:
        """Return a hash with a fresh salt; with a given one, the same password has the same hash again.

        It is made on a thread aside: an import of thousands keeps nobody from signing in.
        """
        run = partial(self._hasher.hash, password, salt=None if salt is None else salt.encode())
        return await asyncio.get_running_loop().run_in_executor(self._aside, run)

    async def fits(self, password_hash: str | None, password: str) -> bool:
        """Compare; without a hash, spend the same time on a hash that nothing fits.

        Raises `Refusal(auth.busy)` when too many are waiting already.
        """
        if self._waiting >= _QUEUE:
            raise Refusal(Why.BUSY, retry_after=2)
        self._waiting += 1
        try:
            if self._decoy is None:
                self._decoy = await self.hash(_NOBODY)
            against = password_hash or self._decoy
            fits = await asyncio.get_running_loop().run_in_executor(self._pool, self._verify, against, password)
        finally:
            self._waiting -= 1
        return fits and bool(password_hash)

    async def close(self) -> None:
        """Let the threads end after what they are doing."""
        for pool in (self._pool, self._aside):
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (Argon2Error, InvalidHashError):
            return False


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of people, each under the id of its person, and what compares their passwords."""

    documents: Documents[Account]
    passwords: Passwords
    clock: Clock


async def open_account(accounts: Accounts, actor_id: str, person_id: str, password_hash: str) -> bool:
    """Open an account with an initial password; False when the person has one with a password, which stays."""
    now = accounts.clock.now()
    because = Because.command(actor_id, person_id, now)
    made = await accounts.documents.create(person_id, opened(password_hash, now), [], because)
    if made.fresh or made.document.state.password_hash:
        return made.fresh
    await change(accounts.documents, person_id, lambda known: reopened(known, password_hash, now), because)
    return True


async def reset_password(accounts: Accounts, actor_id: str, person_id: str, password: str) -> None:
    """Replace a person's password, or open the account that they do not have yet; every session of theirs ends."""
    await _renew_account(accounts, actor_id, person_id, await accounts.passwords.hash(password))


async def close_account(accounts: Accounts, actor_id: str, person_id: str) -> None:
    """Take a person's password away: nobody signs in until a new one is set."""
    if await accounts.documents.load(person_id) is not None:
        await _renew_account(accounts, actor_id, person_id, "")


async def _renew_account(accounts: Accounts, actor_id: str, person_id: str, password_hash: str) -> None:
    now = accounts.clock.now()
    because = Because.command(actor_id, person_id, now)
    await change_or_create(
        accounts.documents,
        person_id,
        Account("", initial=False, changed_at=now),
        lambda known: renewed(person_id, known, password_hash, now),
        because,
    )


async def give_own_salt(accounts: Accounts, person_id: str, seen: str, password: str) -> None:
    """Replace the hash that was `seen`, which an import may have shared between accounts, by one of its own."""
    fresh = await accounts.passwords.hash(password)
    now = accounts.clock.now()
    because = Because.command(person_id, "own-salt", now)
    await change(accounts.documents, person_id, lambda account: rehashed(account, seen, fresh, now), because)
