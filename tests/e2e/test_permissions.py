"""Every route, as every role and as nobody, answers as the route declares."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.members import Role
from shared.ids import derive_id
from tests.contract.openapi import PERMISSIONS
from tests.e2e.house import House, person

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

REBUILD = "POST /api/reporting/rebuilds"
ROWS = sorted(set(PERMISSIONS) - {REBUILD})
PLACEHOLDERS = defaultdict(lambda: derive_id("e2e", "nothing"), system="campus-repairs")
JSON = {"content-type": "application/json"}


def _call(row: str) -> tuple[str, str, dict[str, Any]]:
    method, template = row.split(" ", 1)
    more: dict[str, Any] = {} if method == "GET" else {"content": b"{}", "headers": JSON}
    return method, template.format_map(PLACEHOLDERS), more


@pytest.mark.parametrize("row", ROWS)
async def test_nobody_is_asked_to_sign_in_unless_the_route_is_public(house: House, row: str) -> None:
    method, path, more = _call(row)
    status, problem = await house.status(method, path, None, **more)
    if PERMISSIONS[row].public:
        assert problem.get("code") not in {"auth.signed_out", "auth.forbidden"}
        assert status < 500
    else:
        assert (status, problem["code"]) == (401, "auth.signed_out")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("row", ROWS)
async def test_a_role_is_let_in_or_kept_out_as_the_table_says(house: House, row: str, role: Role) -> None:
    method, path, more = _call(row)
    status, problem = await house.status(method, path, person(role), **more)
    allowed = PERMISSIONS[row]
    if allowed.public or allowed.roles is None or role in allowed.roles:
        assert problem.get("code") not in {"auth.signed_out", "auth.forbidden"}, problem
        assert status < 500, problem
    else:
        assert (status, problem["code"]) == (403, "auth.forbidden")


async def test_an_admin_alone_may_ask_for_a_rebuild(house: House) -> None:
    method, path, more = _call(REBUILD)
    assert (await house.status(method, path, None, **more))[0] == 401
    for role in set(Role) - {Role.ADMIN}:
        status, problem = await house.status(method, path, person(role), **more)
        assert (status, problem["code"]) == (403, "auth.forbidden")
    assert (await house.status(method, path, person(Role.ADMIN), **more))[0] < 300


@pytest.mark.parametrize("row", [row for row in ROWS if not PERMISSIONS[row].public])
async def test_a_forged_or_expired_token_opens_nothing(house: House, row: str) -> None:
    method, path, more = _call(row)
    expired = house.token(person(Role.ADMIN, "expired"), timedelta(seconds=-1))
    good = house.token(person(Role.ADMIN))
    head, claims, _ = good.split(".")
    other = house.token(person(Role.STUDENT)).split(".")[2]
    for token, code in (
        (expired, "auth.token_expired"),
        (f"{head}.{claims}.{other}", "auth.token_invalid"),
        (f"{head}.{claims}.", "auth.token_invalid"),
        ("nonsense", "auth.token_invalid"),
    ):
        headers = {**more.get("headers", {}), "authorization": f"Bearer {token}"}
        status, problem = await house.status(method, path, None, **{**more, "headers": headers})
        assert (status, problem["code"]) == (401, code)


async def test_a_cookie_from_another_site_changes_nothing(house: House) -> None:
    headers = {
        **JSON,
        "cookie": f"yizhan_session={house.token(person(Role.ADMIN))}",
        "sec-fetch-site": "cross-site",
    }
    status, problem = await house.status("POST", "/api/members/places", None, content=b"{}", headers=headers)
    assert (status, problem["code"]) == (403, "auth.cross_site")
    headers["sec-fetch-site"] = "same-origin"
    status, problem = await house.status("POST", "/api/members/places", None, content=b"{}", headers=headers)
    assert problem["code"] != "auth.cross_site"
