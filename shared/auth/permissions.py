"""The permission table: every route of every service, and the roles that may call it.

Scope (mine, my leg, my building) and visibility are rules of the domain and refuse with `auth.not_yours`; this table
says who may knock at all. A route without a row stops its service from starting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from shared.auth.limits import FILING, FILING_FOR_OTHERS, IMPORTING, Limit
from shared.contracts.members import Role


@dataclass(frozen=True, slots=True)
class Allowed:
    """Who may call a route: everybody (`public`), anybody signed in (`roles` None), or these roles.

    `limit` is how often, where it is not what holds for every reading or changing call; `staff_limit` how often staff.
    """

    roles: frozenset[Role] | None = None
    public: bool = False
    limit: Limit | None = None
    staff_limit: Limit | None = None


def _roles(*roles: Role) -> Allowed:
    return Allowed(roles=frozenset(roles))


PUBLIC: Final = Allowed(public=True)
SIGNED_IN: Final = Allowed()
NOBODY: Final = Allowed(roles=frozenset())
ADMIN: Final = _roles(Role.ADMIN)
STAFF: Final = _roles(Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.LEADER, Role.ADMIN)
DESK: Final = _roles(Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.ADMIN)
CASES: Final = _roles(Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.ADMIN, Role.SEALED_READER)
ORGANISERS: Final = _roles(Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.ADMIN)
QUEUE: Final = _roles(
    Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.LEADER, Role.LOGISTICS, Role.ADMIN, Role.SEALED_READER
)
OUTSIDE: Final = _roles(Role.DESK, Role.LOGISTICS, Role.ADMIN)
BRANCH: Final = _roles(Role.SECRETARY, Role.ADMIN)

_MEMBERS: Final = {
    "POST /api/members/sessions": PUBLIC,
    "DELETE /api/members/sessions/current": PUBLIC,
    "POST /api/members/sessions/current/renewal": SIGNED_IN,
    "POST /api/members/me/password": SIGNED_IN,
    "GET /api/members/jwks.json": PUBLIC,
    "GET /api/members/campus": PUBLIC,
    "GET /api/members/me": SIGNED_IN,
    "GET /api/members/names": SIGNED_IN,
    "GET /api/members/places": SIGNED_IN,
    "POST /api/members/places": ADMIN,
    "GET /api/members/units": SIGNED_IN,
    "POST /api/members/units": ADMIN,
    "GET /api/members/people": STAFF,
    "GET /api/members/people/{person_id}": STAFF,
    "POST /api/members/people": ADMIN,
    "PATCH /api/members/people/{person_id}": ADMIN,
    "POST /api/members/people/{person_id}/departure": ADMIN,
    "POST /api/members/people/{person_id}/return": ADMIN,
    "POST /api/members/people/{person_id}/suspension": ADMIN,
    "POST /api/members/people/{person_id}/reinstatement": ADMIN,
    "POST /api/members/people/{person_id}/password": ADMIN,
    "GET /api/members/people/{person_id}/points": STAFF,
    "POST /api/members/imports": replace(ADMIN, limit=IMPORTING),
    "GET /api/members/imports/template": ADMIN,
    "GET /api/members/duty-areas": SIGNED_IN,
    "POST /api/members/duty-areas": BRANCH,
    "DELETE /api/members/duty-areas/{area_id}": BRANCH,
    "GET /api/members/requests/{request_id}/proposals": SIGNED_IN,
    "GET /api/members/helpers": CASES,
    "GET /api/members/points/mine": SIGNED_IN,
}

_REQUESTS: Final = {
    "GET /api/requests/categories": SIGNED_IN,
    "POST /api/requests": replace(SIGNED_IN, limit=FILING, staff_limit=FILING_FOR_OTHERS),
    "GET /api/requests/mine": SIGNED_IN,
    "GET /api/requests/my-legs": SIGNED_IN,
    "GET /api/requests/queue": QUEUE,
    "GET /api/requests/outside-news": OUTSIDE,
    "POST /api/requests/outside-news/{news_id}/settlement": OUTSIDE,
    "GET /api/requests/wall": SIGNED_IN,
    "GET /api/requests/similar": SIGNED_IN,
    "GET /api/requests/{request_id}": SIGNED_IN,
    "POST /api/requests/{request_id}/cancellation": SIGNED_IN,
    "POST /api/requests/{request_id}/confirmation": SIGNED_IN,
    "POST /api/requests/{request_id}/rating": SIGNED_IN,
    "POST /api/requests/{request_id}/reopening": SIGNED_IN,
    "POST /api/requests/{request_id}/triage": CASES,
    "POST /api/requests/{request_id}/rejection": CASES,
    "POST /api/requests/{request_id}/hold": CASES,
    "POST /api/requests/{request_id}/resumption": CASES,
    "POST /api/requests/{request_id}/contact": CASES,
    "POST /api/requests/{request_id}/legs": CASES,
    "POST /api/requests/{request_id}/legs/{leg_id}/assignment": CASES,
    "POST /api/requests/{request_id}/legs/{leg_id}/withdrawal": CASES,
    "POST /api/requests/{request_id}/legs/{leg_id}/outside-acknowledgement": _roles(
        Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.LOGISTICS, Role.ADMIN, Role.SEALED_READER
    ),
    "POST /api/requests/{request_id}/legs/{leg_id}/claim": _roles(Role.HELPER),
    "POST /api/requests/{request_id}/legs/{leg_id}/acceptance": SIGNED_IN,
    "POST /api/requests/{request_id}/legs/{leg_id}/decline": SIGNED_IN,
    "POST /api/requests/{request_id}/legs/{leg_id}/release": SIGNED_IN,
    "POST /api/requests/{request_id}/legs/{leg_id}/progress": SIGNED_IN,
    "POST /api/requests/{request_id}/legs/{leg_id}/start": SIGNED_IN,
    "POST /api/requests/{request_id}/legs/{leg_id}/completion": SIGNED_IN,
    "POST /hooks/logistics/{system}": PUBLIC,
}

_ACTIVITIES: Final = {
    "POST /api/activities": ORGANISERS,
    "GET /api/activities": SIGNED_IN,
    "GET /api/activities/mine": SIGNED_IN,
    "GET /api/activities/{activity_id}": SIGNED_IN,
    "POST /api/activities/{activity_id}/publication": ORGANISERS,
    "POST /api/activities/{activity_id}/cancellation": ORGANISERS,
    "POST /api/activities/{activity_id}/completion": ORGANISERS,
    "POST /api/activities/{activity_id}/sign-ups": SIGNED_IN,
    "DELETE /api/activities/{activity_id}/sign-ups/mine": SIGNED_IN,
    "DELETE /api/activities/{activity_id}/sign-ups/{person_id}": ORGANISERS,
    "GET /api/activities/{activity_id}/code": ORGANISERS,
    "POST /api/activities/{activity_id}/attendance": SIGNED_IN,
    "GET /api/activities/{activity_id}/attendees": ORGANISERS,
}

_REPORTING: Final = {
    "GET /api/reporting/boards/community": STAFF,
    "GET /api/reporting/boards/community/live": STAFF,
    "GET /api/reporting/boards/community/recount": STAFF,
    "GET /api/reporting/figures": STAFF,
    "GET /api/reporting/figures/{figure_id}": STAFF,
    "GET /api/reporting/figures/{figure_id}/records": STAFF,
    "POST /api/reporting/figures/{figure_id}/baseline": ADMIN,
    "GET /api/reporting/rows/requests": STAFF,
    "GET /api/reporting/rows/requests/{request_id}": STAFF,
    "GET /api/reporting/rebuilds": ADMIN,
    "POST /api/reporting/rebuilds": ADMIN,
}

_OPERATIONS: Final = {
    f"{method} /api/{service}/{path}": ADMIN
    for service in ("members", "requests", "activities", "reporting")
    for method, path in (
        ("GET", "operations"),
        ("GET", "parked"),
        ("GET", "parked/{parked_id}"),
        ("POST", "parked/{parked_id}/replay"),
        ("POST", "parked/{parked_id}/discard"),
    )
}
"""The same of every service: how it is, and its parked events."""

PERMISSIONS: Mapping[str, Allowed] = MappingProxyType(
    {**_MEMBERS, **_REQUESTS, **_ACTIVITIES, **_REPORTING, **_OPERATIONS}
)
