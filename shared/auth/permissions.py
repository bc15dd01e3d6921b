"""Who may call a route: each route says it where it is written (`allow=...`), and one that does not cannot be made.

Scope (mine, my leg, my building) and visibility are rules of the domain and refuse with `auth.not_yours`; this says who
may knock at all. docs/security/permissions.md lists every route.
"""

from dataclasses import dataclass, replace
from typing import Final

from shared.auth.limits import Limit
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

    def paced(self, limit: Limit, *, staff: Limit | None = None) -> "Allowed":
        """Return the same for callers who may call so often; `staff` is how often staff may."""
        return replace(self, limit=limit, staff_limit=staff)


def roles(*these: Role) -> Allowed:
    """Return what lets these roles in."""
    return Allowed(roles=frozenset(these))


PUBLIC: Final = Allowed(public=True)
SIGNED_IN: Final = Allowed()
ADMIN: Final = roles(Role.ADMIN)
HELPER: Final = roles(Role.HELPER)
STAFF: Final = roles(Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.LEADER, Role.ADMIN)
CASES: Final = roles(Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.ADMIN, Role.SEALED_READER)
ORGANISERS: Final = roles(Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.ADMIN)
