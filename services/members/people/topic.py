"""People: what the topic needs to open."""

from pathlib import Path
from typing import Final

from services.members.forms.store import FORM_INDEX
from services.members.identities.store import key_in
from services.members.organisation.domain import Unit
from services.members.people import api
from services.members.people.domain import Administrators, Person, SealedReaders, Why
from services.members.people.handlers import AdminsDesk, PeopleDesk, give_duties
from services.members.people.store import INDEXES, keys_of
from services.members.places.domain import Place
from services.members.settings import Settings
from shared.topic import Runtime, Stored, Topic

_KEYS_AT_ONCE: Final = 2_000


async def _open(runtime: Runtime[Settings]) -> None:
    documents, settings = runtime.documents, runtime.settings
    people = documents(Person)
    admins = runtime.parts.keep(AdminsDesk(people, documents(Administrators), documents(SealedReaders)))
    key = key_in(Path(settings.person_key))
    desk = runtime.parts.keep(PeopleDesk(people, documents(Place), documents(Unit), runtime.clock, admins, key))

    async def make_keys() -> None:
        await people.make_keys(_KEYS_AT_ONCE)

    async def write_duties() -> None:
        await give_duties(desk, _KEYS_AT_ONCE)

    runtime.sweep("people-keys", settings.keys_every, make_keys)
    runtime.sweep("people-duties", settings.keys_every, write_duties)


TOPIC = Topic(
    _open,
    documents=[
        Stored("people", Person, indexes=[FORM_INDEX, *INDEXES], keys=keys_of),
        Stored("administrators", Administrators),
        Stored("sealed_readers", SealedReaders),
    ],
    routers=[api.router],
    refusals={
        **dict.fromkeys(Why, 422),
        Why.USERNAME_TAKEN: 409,
        Why.DEPARTED: 409,
        Why.LAST_ADMIN: 409,
        Why.TOO_MANY_SEALED_READERS: 409,
    },
)
