"""Signing in: what the topic needs to open."""

from pathlib import Path
from typing import Final

import structlog

from services.members.guessing.domain import Tries
from services.members.guessing.domain import Why as WhyGuess
from services.members.guessing.handlers import Guesses
from services.members.guessing.store import FORGET_INDEX
from services.members.identities.store import key_in
from services.members.people.domain import Person
from services.members.places.domain import Place
from services.members.settings import Settings
from services.members.signin import api
from services.members.signin.domain import Account, SignedOut, Why
from services.members.signin.handlers import Passwords, SigninDesk, ensure_admin
from shared.auth.tokens import Signer
from shared.topic import Runtime, Stored, Topic

log = structlog.get_logger(__name__)

FIRST_ADMIN: Final = "admin1"


async def _open(runtime: Runtime[Settings]) -> None:
    """Open the counter, and register the first administrator when there is none."""
    documents, settings, clock = runtime.documents, runtime.settings, runtime.clock
    key = key_in(Path(settings.person_key))
    passwords = Passwords(settings.password_threads)
    runtime.closing.append(passwords.close)
    guesses = Guesses(documents(Tries), clock, key)
    desk = SigninDesk(documents(Person), documents(Account), documents(SignedOut), guesses, passwords, clock, key)
    runtime.parts.keep(desk)
    signer = Signer.from_file(Path(settings.signing_key))
    runtime.parts.keep(api.Counter(desk, documents(Place), signer, settings.cookie_secure))
    first = settings.admin_password
    if first is not None and await ensure_admin(desk, FIRST_ADMIN, first.get_secret_value()):
        log.info("members.first_admin", username=FIRST_ADMIN)


TOPIC = Topic(
    _open,
    documents=[
        Stored("accounts", Account, source="/yizhan/members/accounts"),
        Stored("sessions", SignedOut, indexes=[FORGET_INDEX]),
        Stored("tries", Tries, indexes=[FORGET_INDEX]),
    ],
    routers=[api.router],
    refusals={
        Why.BAD_CREDENTIALS: 401,
        Why.ACCOUNT_DISABLED: 403,
        Why.WRONG_PASSWORD: 422,
        WhyGuess.TOO_MANY_TRIES: 429,
        WhyGuess.BUSY: 503,
    },
)
