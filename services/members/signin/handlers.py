"""Signing in, and the accounts that it needs. Hashing runs on a few threads, beside the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from services.members.guessing.domain import Why as WhyGuess
from services.members.guessing.handlers import Guesses
from services.members.people.domain import Person, Profile, register
from services.members.people.queries import id_of
from services.members.signin.domain import (
    LONGEST_PASSWORD,
    Account,
    SignedOut,
    Why,
    opened,
    rehashed,
    renewed,
    reopened,
    signed_out,
)
from shared.auth.actor import Session
from shared.clock import Clock
from shared.contracts.members import Role
from shared.refusal import Refusal
from shared.store.document import Because, Document, Documents, change

_MEMORY_KIB, _ROUNDS, _LANES = 19_456, 2, 1
_ENDED = "auth.session_ended"
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
            raise Refusal(WhyGuess.BUSY, retry_after=2)
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
class SigninDesk:
    """What signing in needs; `key` is what ids of new people follow from."""

    people: Documents[Person]
    accounts: Documents[Account]
    signed_out: Documents[SignedOut]
    guesses: Guesses
    passwords: Passwords
    clock: Clock
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose account name and password they were, and the number of the account's password."""

    person: Document[Person]
    account: int


async def sign_in(
    desk: SigninDesk, username: str, password: str, address: str, device_id: Callable[[str], str | None]
) -> SignedIn:
    """Return the person whose account name and password these are.

    `device_id` tells by a person's id which known device of theirs calls. Raises `Refusal`: `auth.bad_credentials`,
    `auth.account_disabled` (to whoever knows the password), `auth.too_many_tries`, `auth.busy`. An unknown account name
    costs the same as a wrong password. A hash that an import shared between accounts is replaced by one with its own
    salt. The person is read before the account: whatever ends sessions meanwhile ends this one too.
    """
    person_id = await id_of(desk.people, desk.key, username.strip().lower())
    async with desk.guesses.trying(person_id, address, device_id(person_id)) as attempt:
        person = await desk.people.load(person_id)
        account = await desk.accounts.load(person_id)
        seen = None if account is None else account.state.password_hash
        fits = await desk.passwords.fits(seen, password[: LONGEST_PASSWORD + 1])
        attempt.right = fits and person is not None and person.state.departed_at is None
    if not attempt.right or account is None or person is None:
        raise Refusal(Why.BAD_CREDENTIALS)
    if not person.state.may_sign_in:
        raise Refusal(Why.ACCOUNT_DISABLED)
    if account.state.initial:
        await _give_own_salt(desk, person_id, account.state.password_hash, password)
    return SignedIn(person, account.state.number)


async def renew(desk: SigninDesk, session: Session) -> SignedIn:
    """Return the person of a session as the ledger has them now; refuses a session that is over by now."""
    signed = await signed_now(desk, session.person_id)
    if (signed.person.state.standing, signed.account) != (session.standing, session.account):
        raise Refusal(_ENDED)
    return signed


async def signed_now(desk: SigninDesk, person_id: str) -> SignedIn:
    """Return a person as the ledger has them now, for a new token; refuses one who may not be signed in."""
    person = await desk.people.load(person_id)
    account = await desk.accounts.load(person_id)
    if person is None or not person.state.may_sign_in:
        raise Refusal(_ENDED)
    return SignedIn(person, 0 if account is None else account.state.number)


async def sign_out(desk: SigninDesk, session: Session) -> None:
    """End a session everywhere; ending it again is harmless. A token of a release without sessions only expires."""
    if not session.id:
        return
    state, facts = signed_out(session.id, session.person_id, session.expires_at)
    because = Because.command(session.person_id, session.id, desk.clock.now())
    await desk.signed_out.create(session.id, state, facts, because)


async def change_password(
    desk: SigninDesk, person_id: str, old: str, new: str, address: str, device_id: str | None
) -> None:
    """Replace a person's own password, which they know; every session of theirs ends.

    Raises `Refusal(account.wrong_password)`; guessing is slowed as it is at sign-in.
    """
    async with desk.guesses.trying(person_id, address, device_id) as attempt:
        account = await desk.accounts.load(person_id)
        seen = None if account is None else account.state.password_hash
        attempt.right = await desk.passwords.fits(seen, old)
    if not attempt.right:
        raise Refusal(Why.WRONG_PASSWORD)
    await reset_password(desk, person_id, person_id, new)


async def open_account(desk: SigninDesk, actor_id: str, person_id: str, password_hash: str) -> bool:
    """Open an account with an initial password; False when the person has one with a password, which stays."""
    now = desk.clock.now()
    because = Because.command(actor_id, person_id, now)
    made = await desk.accounts.create(person_id, opened(password_hash, now), [], because)
    if made.fresh or made.document.state.password_hash:
        return made.fresh
    await change(desk.accounts, person_id, lambda known: reopened(known, password_hash, now), because)
    return True


async def reset_password(desk: SigninDesk, actor_id: str, person_id: str, password: str) -> None:
    """Replace a person's password, or open the account that they do not have yet; every session of theirs ends."""
    await _renew_account(desk, actor_id, person_id, await desk.passwords.hash(password))


async def close_account(desk: SigninDesk, actor_id: str, person_id: str) -> None:
    """Take a person's password away: nobody signs in until a new one is set."""
    if await desk.accounts.load(person_id) is not None:
        await _renew_account(desk, actor_id, person_id, "")


async def _renew_account(desk: SigninDesk, actor_id: str, person_id: str, password_hash: str) -> None:
    now = desk.clock.now()
    because = Because.command(actor_id, person_id, now)
    state, facts = renewed(person_id, None, password_hash, now)
    made = await desk.accounts.create(person_id, state, facts, because)
    if not made.fresh:
        await change(desk.accounts, person_id, lambda known: renewed(person_id, known, password_hash, now), because)


async def ensure_admin(desk: SigninDesk, username: str, password: str) -> bool:
    """Register a first administrator unless there is one; True when that was needed. Safe to run on every replica."""
    where = {"state.profile.roles": Role.ADMIN.value, "state.departed_at": None}
    if await desk.people.select(where, limit=1):
        return False
    person_id = await id_of(desk.people, desk.key, username)
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
