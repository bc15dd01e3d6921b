"""Opens `members`: its store, its rooms, its ears."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from fastapi import FastAPI

import services.members
from services.members.acquaintance import api as acquaintance_api
from services.members.acquaintance.domain.cases import Case, keys_of_case
from services.members.acquaintance.domain.gatherings import Gathering, keys_of_gathering
from services.members.acquaintance.handlers import AcquaintanceDesk
from services.members.acquaintance.store import BY_KEY
from services.members.campus import api as campus_api
from services.members.ears import Ears
from services.members.forms.store import FORM_INDEX
from services.members.guessing.domain import Tries
from services.members.guessing.handlers import Guesses
from services.members.guessing.store import FORGET_INDEX
from services.members.identities.store import HALF_DONE, NOTES, guessable_left, is_half_done, key_in
from services.members.imports import api as imports_api
from services.members.imports.handlers import ImportsDesk
from services.members.matching import api as matching_api
from services.members.matching.domain import Proposal
from services.members.matching.handlers import MatchingDesk
from services.members.matching.store import LOADS_INDEX, MongoLoads, MongoPool
from services.members.organisation import api as organisation_api
from services.members.organisation.domain import DutyMap, Unit
from services.members.organisation.handlers import OrganisationDesk
from services.members.people import api as people_api
from services.members.people.domain import Administrators, Person, SealedReaders
from services.members.people.handlers import AdminsDesk, PeopleDesk, give_duties
from services.members.people.store import INDEXES as PEOPLE_INDEXES
from services.members.people.store import keys_of
from services.members.places import api as places_api
from services.members.places.domain import Place
from services.members.places.handlers import PlacesDesk
from services.members.points import api as points_api
from services.members.points.domain import Sheet
from services.members.points.handlers import PointsDesk
from services.members.settings import Settings
from services.members.signin import api as signin_api
from services.members.signin.domain import Account, SignedOut
from services.members.signin.handlers import Passwords, SigninDesk, ensure_admin
from shared.auth.tokens import Signer
from shared.ports import Ports
from shared.runtime import Opened, Runtime, Sweep, service_app
from shared.store.mongo import Index

log = structlog.get_logger(__name__)

FIRST_ADMIN: Final = "admin1"
_KEYS_AT_ONCE: Final = 2_000

REFUSALS: Final[Mapping[str, int]] = {
    **places_api.REFUSALS,
    **organisation_api.REFUSALS,
    **people_api.REFUSALS,
    **signin_api.REFUSALS,
    **imports_api.REFUSALS,
}
"""HTTP status of every refusal code of this service."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the routes find at `request.app.state.rooms`."""

    places: PlacesDesk
    organisation: OrganisationDesk
    people: PeopleDesk
    counter: signin_api.Counter
    imports: ImportsDesk
    matching: MatchingDesk
    points: PointsDesk
    acquaintance: AcquaintanceDesk
    campus: campus_api.Campus


async def open_rooms(runtime: Runtime, settings: Settings, signer: Signer, key: bytes) -> Opened:
    """Build the rooms in order, and register the first administrator when there is none."""
    clock = runtime.clock
    places = runtime.documents("places", Place, indexes=[FORM_INDEX, Index((("state.parent", 1),))])
    units = runtime.documents("units", Unit, indexes=[FORM_INDEX, Index((("state.parent", 1),))])
    duty = runtime.documents("duty", DutyMap)
    people = runtime.documents("people", Person, indexes=[FORM_INDEX, *PEOPLE_INDEXES], keys=keys_of)
    admins = AdminsDesk(
        people,
        runtime.documents("administrators", Administrators),
        runtime.documents("sealed_readers", SealedReaders),
    )
    accounts = runtime.documents("accounts", Account, source="/yizhan/members/accounts")
    signed_out = runtime.documents("sessions", SignedOut, indexes=[FORGET_INDEX])
    guesses = Guesses(runtime.documents("tries", Tries, indexes=[FORGET_INDEX]), clock, key)
    proposals = runtime.documents("proposals", Proposal, indexes=[Index((("state.request_id", 1),))])
    sheets = runtime.documents("points", Sheet, indexes=[Index((("state.entries.person_id", 1),))])
    loads = MongoLoads(runtime.collection("loads", indexes=[LOADS_INDEX]))
    pool = MongoPool(runtime.collection("people"))
    signin = SigninDesk(people, accounts, signed_out, guesses, Passwords(settings.password_threads), clock, key)
    matching = MatchingDesk(clock, proposals, pool, loads, ZoneInfo(settings.timezone))
    points = PointsDesk(sheets, clock)
    cases = runtime.documents("cases", Case, indexes=[BY_KEY], keys=keys_of_case)
    gatherings = runtime.documents("gatherings", Gathering, indexes=[BY_KEY], keys=keys_of_gathering)
    acquaintance = AcquaintanceDesk(cases, gatherings, people, units, duty, clock)
    rooms = Rooms(
        places=PlacesDesk(places, clock),
        organisation=OrganisationDesk(units, duty, people, places, clock),
        people=PeopleDesk(people, places, units, clock, admins, key),
        counter=signin_api.Counter(signin, places, signer, settings.cookie_secure),
        imports=ImportsDesk(places, units, people, signin, admins),
        matching=matching,
        points=points,
        acquaintance=acquaintance,
        campus=campus_api.Campus(settings.timezone, clock),
    )
    if settings.admin_password is not None and await ensure_admin(
        signin, FIRST_ADMIN, settings.admin_password.get_secret_value()
    ):
        log.info("members.first_admin", username=FIRST_ADMIN)

    if await is_half_done(runtime.collection(HALF_DONE)):
        log.warning("members.renaming_half_done", do="stop the services, and give new ids again: docs/runbook.md")
    left = await guessable_left(runtime.collection("people"), runtime.collection(NOTES))
    if left:
        log.warning("members.guessable_ids", people=left, do="stop the services, and give new ids: docs/runbook.md")

    async def make_keys() -> None:
        await people.make_keys(_KEYS_AT_ONCE)

    async def write_duties() -> None:
        await give_duties(rooms.people, _KEYS_AT_ONCE)

    sweeps = (
        Sweep("people-keys", settings.keys_every, make_keys),
        Sweep("people-duties", settings.keys_every, write_duties),
    )
    ears = Ears(matching, points, acquaintance, runtime.ended_sessions)
    return Opened(rooms=rooms, ears=ears, sweeps=sweeps, close=signin.passwords.close)


def build(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """Return the application; nothing connects before it starts. `ports` are the real ones unless others are given."""

    async def opened(runtime: Runtime) -> Opened:
        signer, key = Signer.from_file(Path(settings.signing_key)), key_in(Path(settings.person_key))
        return await open_rooms(runtime, settings, signer, key)

    routers = [
        signin_api.router,
        places_api.router,
        organisation_api.router,
        people_api.router,
        acquaintance_api.router,
        imports_api.router,
        matching_api.router,
        points_api.router,
        campus_api.router,
    ]
    return service_app(
        "members",
        settings,
        opened,
        routers=routers,
        refusals=REFUSALS,
        ports=ports,
        about=services.members.__doc__ or "",
    )
