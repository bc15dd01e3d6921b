"""The page of permissions, from the routes' declarations: who may call each route, and how often."""

from collections.abc import Iterable, Mapping
from typing import Final

from deploy.topics import SERVICES, topics_of
from shared.auth.limits import CHANGING, READING, STRANGERS, STREAMS_OF_ONE, Limit
from shared.auth.permissions import Allowed
from shared.contracts.members import Role
from shared.runtime import routers_of

_HEAD: Final = """# Permissions

Generated from the declarations of the routes (`allow=...`) by `python -m deploy.docs`.
A test says when it is stale.

This is who may knock. What somebody finds behind the door, their own, their leg's, their building's, is a rule of the
service's domain, which refuses with `auth.not_yours`. A route cannot be written without it, and
`tests/e2e/test_permissions.py` calls every route as every role and as nobody.
"""
_SAFE: Final = frozenset({"GET", "HEAD"})


def permissions_of(service: str) -> Mapping[str, Allowed]:
    """Return who may call each route of a service, by `METHOD path`."""
    routes = (route for router in routers_of(service, topics_of(service)) for route in router.strict_routes)
    return {f"{method} {route.path}": route.allow for route in routes for method in route.methods or ()}


def _who(row: Allowed) -> list[str]:
    if row.public:
        return ["all"] * (len(Role) + 1)
    return ["", *("●" if row.roles is None or role in row.roles else "" for role in Role)]


def _pace(limit: Limit) -> str:
    often = f"{1 / limit.seconds:g} a second" if limit.seconds <= 1 else f"one in {limit.seconds:g} s"
    return f"{limit.burst}, then {often}"


def _limits(method: str, row: Allowed) -> str:
    usual = READING if method in _SAFE else CHANGING
    mine = STRANGERS if row.public else row.limit or usual
    told = "" if mine is usual else _pace(mine)
    return f"{told}; staff {_pace(row.staff_limit)}" if row.staff_limit else told


def _lines() -> Iterable[str]:
    yield _HEAD
    yield "## How often"
    yield ""
    yield f"Reading: {_pace(READING)}. Changing: {_pace(CHANGING)}. Without a session, by address: {_pace(STRANGERS)}."
    yield f"Live streams of one person at once: {STREAMS_OF_ONE}. A route with a limit of its own has it in its row."
    for service in SERVICES:
        yield ""
        yield f"## {service}"
        yield ""
        yield "| Route | nobody | " + " | ".join(role.value for role in Role) + " | Limit of its own |"
        yield "|---" * (len(Role) + 3) + "|"
        for route, row in sorted(permissions_of(service).items(), key=lambda one: (one[0].split(" ")[1], one[0])):
            cells = ["●" if cell else "" for cell in _who(row)]
            yield f"| `{route}` | " + " | ".join(cells) + f" | {_limits(route.split(' ')[0], row)} |"


def permissions_page() -> str:
    """Return docs/security/permissions.md."""
    return "\n".join(_lines()) + "\n"
