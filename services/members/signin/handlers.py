"""Signing in, and the accounts that it needs. Hashing runs on a few threads, beside the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from services.members.people.domain import Person, Profile, person_id_of, register
from services.members.signin.domain import LONGEST_PASSWORD, Account, Why, opened, rehashed
from shared.clock import Clock
from shared.contracts.members import Role
from shared.refusal import Refusal
from shared.store.document import Because, Document, Documents, change

_MEMORY_KIB, _ROUNDS, _LANES = 19_456, 2, 1
_NOBODY = "nobody's password"


class Passwords:
    """Hashes and compares passwords (argon2id, 19 MiB, 2 rounds) on `threads` threads."""

    def __init__(self, threads: int = 2) -> None:
        """Prepare the threads; they start with the first password."""
        self._hasher = PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._decoy: str | None = None

    async def hash(self, password: str, *, salt: str | None = None) -> str:
        """Return a hash with a fresh salt; with a given one, the same password has the same hash again."""
        run = partial(self._hasher.hash, password, salt=None if salt is None else salt.encode())
        return await asyncio.get_running_loop().run_in_executor(self._pool, run)

    async def fits(self, password_hash: str | None, password: str) -> bool:
        """Compare; without a hash, spend the same time on a hash that nothing fits."""
        if self._decoy is None:
            self._decoy = await self.hash(_NOBODY)
        against = password_hash or self._decoy
        fits = await asyncio.get_running_loop().run_in_executor(self._pool, self._verify, against, password)
        return fits and password_hash is not None

    async def close(self) -> None:
        """Let the threads end after what they are doing."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (Argon2Error, InvalidHashError):
            return False


@dataclass(frozen=True, slots=True)
class SigninDesk:
    """What signing in needs."""

    people: Documents[Person]
    accounts: Documents[Account]
    passwords: Passwords
    clock: Clock


async def sign_in(desk: SigninDesk, username: str, password: str) -> Document[Person]:
    """Return the person whose account name and password these are; raises `Refusal(auth.bad_credentials)`.

    An unknown account name costs the same comparison as a wrong password. A hash that an import shared between accounts
    is replaced by one with its own salt.
    """
    person_id = person_id_of(username.strip().lower())
    account = await desk.accounts.load(person_id)
    seen = None if account is None else account.state.password_hash
    fits = await desk.passwords.fits(seen, password[: LONGEST_PASSWORD + 1])
    person = await desk.people.load(person_id)
    if not fits or account is None or person is None or person.state.departed_at is not None:
        raise Refusal(Why.BAD_CREDENTIALS)
    if account.state.initial:
        await _give_own_salt(desk, person_id, account.state.password_hash, password)
    return person


async def open_account(desk: SigninDesk, actor_id: str, person_id: str, password_hash: str) -> bool:
    """Open an account with an initial password; False when the person has one, which stays as it is."""
    now = desk.clock.now()
    because = Because.command(actor_id, person_id, now)
    return (await desk.accounts.create(person_id, opened(password_hash, now), [], because)).fresh


async def reset_password(desk: SigninDesk, actor_id: str, person_id: str, password: str) -> None:
    """Replace a person's password, or open the account that they do not have yet."""
    password_hash = await desk.passwords.hash(password)
    now = desk.clock.now()
    because = Because.command(actor_id, person_id, now)
    account = Account(password_hash=password_hash, initial=False, changed_at=now)
    if await change(desk.accounts, person_id, lambda _: (account, []), because) is None:
        await desk.accounts.create(person_id, account, [], because)


async def ensure_admin(desk: SigninDesk, username: str, password: str) -> bool:
    """Register a first administrator unless there is one; True when that was needed. Safe to run on every replica."""
    where = {"state.profile.roles": Role.ADMIN.value, "state.departed_at": None}
    if await desk.people.select(where, limit=1):
        return False
    person_id = person_id_of(username)
    now = desk.clock.now()
    profile = Profile(name=username, roles=(Role.ADMIN,))
    password_hash = await desk.passwords.hash(password)
    await open_account(desk, "system", person_id, password_hash)
    state, facts = register(person_id, username, profile, "system", now)
    return (await desk.people.create(person_id, state, facts, Because.command("system", "first-admin", now))).fresh


async def _give_own_salt(desk: SigninDesk, person_id: str, seen: str, password: str) -> None:
    fresh = await desk.passwords.hash(password)
    now = desk.clock.now()
    because = Because.command(person_id, "own-salt", now)
    await change(desk.accounts, person_id, lambda account: rehashed(account, seen, fresh, now), because)
