"""Accounts: what the topic needs to open."""

from services.members.accounts.domain import Account, Why
from services.members.accounts.handlers import Accounts, Passwords
from services.members.settings import Settings
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    passwords = Passwords(runtime.settings.password_threads)
    runtime.closing.append(passwords.close)
    runtime.parts.keep(Accounts(runtime.documents(Account), passwords, runtime.clock))


TOPIC = Topic(
    _open, documents=[Stored("accounts", Account, source="/yizhan/members/accounts")], refusals={Why.BUSY: 503}
)
