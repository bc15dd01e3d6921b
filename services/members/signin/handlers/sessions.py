"""Signing in and out."""

from collections.abc import Callable
from dataclasses import dataclass

from services.members.accounts.domain import LONGEST_PASSWORD
from services.members.accounts.handlers import Accounts, give_own_salt, open_account, reset_password
from services.members.people.domain.person import Person, register
from services.members.people.domain.profile import Profile
from services.members.people.handlers.commands import People
from services.members.people.queries import holding, id_of
from services.members.signin.domain.sessions import SignedOut, Why, signed_out
from services.members.signin.handlers.throttle import Throttle
from shared.auth.actor import Session
from shared.clock import Clock
from shared.contracts.members import Role
from shared.refusal import Refusal
from shared.store.document import Because, Document, Documents

_ENDED = "auth.session_ended"


@dataclass(frozen=True, slots=True)
class Signin:
    """People with their accounts, the sessions that they ended, and what slows the guessing of passwords down."""

    people: People
    accounts: Accounts
    signed_out: Documents[SignedOut]
    throttle: Throttle
    clock: Clock


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose account name and password they were, and the number of the account's password."""

    person: Document[Person]
    account: int


async def sign_in(
    signin: Signin, username: str, password: str, address: str, device_id: Callable[[str], str | None]
) -> SignedIn:
    """Return the person whose account name and password these are.

    `device_id` tells by a person's id which known device of theirs calls. Raises `Refusal`: `auth.bad_credentials`,
    `auth.account_disabled` (to whoever knows the password), `auth.too_many_tries`, `auth.busy`. An unknown account name
    costs the same as a wrong password. A hash that an import shared between accounts is replaced by one with its own
    salt. The person is read before the account: whatever ends sessions meanwhile ends this one too.
    """
    person_id = await id_of(signin.people.documents, signin.people.key, username.strip().lower())
    async with signin.throttle.trying(person_id, address, device_id(person_id)) as attempt:
        person = await signin.people.documents.load(person_id)
        account = await signin.accounts.documents.load(person_id)
        seen = None if account is None else account.state.password_hash
        fits = await signin.accounts.passwords.fits(seen, password[: LONGEST_PASSWORD + 1])
        attempt.right = fits and person is not None and person.state.departed_at is None
    if not attempt.right or account is None or person is None:
        raise Refusal(Why.BAD_CREDENTIALS)
    if not person.state.may_sign_in:
        raise Refusal(Why.ACCOUNT_DISABLED)
    if account.state.initial:
        await give_own_salt(signin.accounts, person_id, account.state.password_hash, password)
    return SignedIn(person, account.state.number)


async def renew(signin: Signin, session: Session) -> SignedIn:
    """Return the person of a session as the ledger has them now; refuses a session that is over by now."""
    signed = await signed_now(signin, session.person_id)
    if (signed.person.state.standing, signed.account) != (session.standing, session.account):
        raise Refusal(_ENDED)
    return signed


async def signed_now(signin: Signin, person_id: str) -> SignedIn:
    """Return a person as the ledger has them now, for a new token; refuses one who may not be signed in."""
    person = await signin.people.documents.load(person_id)
    account = await signin.accounts.documents.load(person_id)
    if person is None or not person.state.may_sign_in:
        raise Refusal(_ENDED)
    return SignedIn(person, 0 if account is None else account.state.number)


async def sign_out(signin: Signin, session: Session) -> None:
    """End a session everywhere; ending it again is harmless. A token of a release without sessions only expires."""
    if not session.id:
        return
    state, facts = signed_out(session.id, session.person_id, session.expires_at)
    because = Because.command(session.person_id, session.id, signin.clock.now())
    await signin.signed_out.create(session.id, state, facts, because)


async def change_password(
    signin: Signin, person_id: str, old: str, new: str, address: str, device_id: str | None
) -> None:
    """Replace a person's own password, which they know; every session of theirs ends.

    Raises `Refusal(account.wrong_password)`; guessing is slowed as it is at sign-in.
    """
    async with signin.throttle.trying(person_id, address, device_id) as attempt:
        account = await signin.accounts.documents.load(person_id)
        seen = None if account is None else account.state.password_hash
        attempt.right = await signin.accounts.passwords.fits(seen, old)
    if not attempt.right:
        raise Refusal(Why.WRONG_PASSWORD)
    await reset_password(signin.accounts, person_id, person_id, new)


async def ensure_admin(signin: Signin, username: str, password: str) -> bool:
    """Register a first administrator unless there is one; True when that was needed. Safe to run on every replica."""
    if await holding(signin.people.documents, Role.ADMIN):
        return False
    person_id = await id_of(signin.people.documents, signin.people.key, username)
    now = signin.clock.now()
    profile = Profile(name=username, roles=(Role.ADMIN,))
    password_hash = await signin.accounts.passwords.hash(password)
    await open_account(signin.accounts, "system", person_id, password_hash)
    state, facts = register(person_id, username, profile, "system", now)
    return (
        await signin.people.documents.create(person_id, state, facts, Because.command("system", "first-admin", now))
    ).fresh
