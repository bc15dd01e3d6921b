"""People: what the topic needs to open."""

from pathlib import Path
from typing import Final

import structlog

from services.members.creation.store import CREATION_INDEX
from services.members.people.api import routes
from services.members.people.domain.person import Person
from services.members.people.domain.profile import Why
from services.members.people.domain.role_counts import Administrators, SealedReaders
from services.members.people.handlers.commands import People, give_duties
from services.members.people.handlers.role_counts import RoleCounts
from services.members.people.store import HALF_DONE, INDEXES, NOTES, guessable_left, is_half_done, key_in, keys_of
from services.members.places.domain import Place
from services.members.settings import Settings
from services.members.units.domain import Unit
from shared.topic import Runtime, Stored, Topic

log = structlog.get_logger(__name__)

_KEYS_AT_ONCE: Final = 2_000


async def _open(runtime: Runtime[Settings]) -> None:
    documents, settings = runtime.documents, runtime.settings
    rows = documents(Person)
    roles = runtime.parts.keep(RoleCounts(rows, documents(Administrators), documents(SealedReaders)))
    key = key_in(Path(settings.person_key))
    people = runtime.parts.keep(People(rows, documents(Place), documents(Unit), runtime.clock, roles, key))

    async def make_keys() -> None:
        await rows.make_keys(_KEYS_AT_ONCE)

    async def write_duties() -> None:
        await give_duties(people, _KEYS_AT_ONCE)

    runtime.sweep("people-keys", settings.keys_every, make_keys)
    runtime.sweep("people-duties", settings.keys_every, write_duties)


async def _warn_of_guessable_ids(runtime: Runtime[Settings]) -> None:
    """Say at the start when ids of people can still be guessed, or are half renewed."""
    if await is_half_done(runtime.collection(HALF_DONE)):
        log.warning("members.renaming_half_done", do="stop the services, and give new ids again: docs/runbook.md")
    left = await guessable_left(runtime.collection("people"), runtime.collection(NOTES))
    if left:
        log.warning("members.guessable_ids", people=left, do="stop the services, and give new ids: docs/runbook.md")


TOPIC = Topic(
    _open,
    documents=[
        Stored("people", Person, indexes=[CREATION_INDEX, *INDEXES], keys=keys_of),
        Stored("administrators", Administrators),
        Stored("sealed_readers", SealedReaders),
    ],
    routers=[routes.router],
    refusals={
        **dict.fromkeys(Why, 422),
        Why.USERNAME_TAKEN: 409,
        Why.DEPARTED: 409,
        Why.LAST_ADMIN: 409,
        Why.TOO_MANY_SEALED_READERS: 409,
    },
)

IDS = Topic(_warn_of_guessable_ids)
"""Opens last: the first administrator is in the ledger by then."""
