"""Signing in: what the topic needs to open."""

from pathlib import Path
from typing import Final

import structlog

from services.members.accounts.handlers import Accounts
from services.members.people.handlers.commands import People
from services.members.places.domain import Place
from services.members.settings import Settings
from services.members.signin import api
from services.members.signin.domain.sessions import SignedOut, Why
from services.members.signin.domain.throttle import FailedAttempts
from services.members.signin.domain.throttle import Why as WhyThrottled
from services.members.signin.handlers.sessions import Signin, ensure_admin
from services.members.signin.handlers.throttle import Throttle
from services.members.signin.store import FORGET_INDEX
from shared.auth.tokens import Signer
from shared.topic import Runtime, Stored, Topic

log = structlog.get_logger(__name__)

FIRST_ADMIN: Final = "admin1"


async def _open(runtime: Runtime[Settings]) -> None:
    """Open what signs people in, and register the first administrator when there is none."""
    documents, parts, settings, clock = runtime.documents, runtime.parts, runtime.settings, runtime.clock
    people = parts[People]
    throttle = Throttle(documents(FailedAttempts), clock, people.key)
    signin = Signin(people, parts[Accounts], documents(SignedOut), throttle, clock)
    signer = Signer.from_file(Path(settings.signing_key))
    parts.keep(api.TokenIssuer(signin, documents(Place), signer, settings.cookie_secure))
    first = settings.admin_password
    if first is not None and await ensure_admin(signin, FIRST_ADMIN, first.get_secret_value()):
        log.info("members.first_admin", username=FIRST_ADMIN)


TOPIC = Topic(
    _open,
    documents=[
        Stored("sessions", SignedOut, indexes=[FORGET_INDEX]),
        Stored("tries", FailedAttempts, indexes=[FORGET_INDEX]),
    ],
    routers=[api.router],
    refusals={
        Why.BAD_CREDENTIALS: 401,
        Why.ACCOUNT_DISABLED: 403,
        Why.WRONG_PASSWORD: 422,
        WhyThrottled.TOO_MANY_TRIES: 429,
    },
)
