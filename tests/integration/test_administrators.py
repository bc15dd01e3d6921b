"""Nobody takes away the last administrator: not by a form, not by a departure, not two at once."""

import asyncio
from typing import Any

from tests.integration.test_members import PASSWORD, House, house
from tests.support.identities import person_id_of

__all__ = ["house"]

FIRST, SECOND = person_id_of("admin1"), person_id_of("admin2")


async def patch(house: House, person: str, body: dict[str, Any], who: str = "admin1") -> tuple[int, str | None]:
    version = (await house.ask("GET", f"/people/{person}", who)).headers["etag"]
    answer = await house.ask("PATCH", f"/people/{person}", who, json=body, headers={"If-Match": version})
    return answer.status_code, answer.json().get("code")


async def test_the_last_administrator_stays_by_whatever_way(house: House) -> None:
    refused = (409, "person.last_admin")
    assert await patch(house, FIRST, {"roles": ["student"]}) == refused
    left = await house.ask("POST", f"/people/{FIRST}/departure")
    assert (left.status_code, left.json()["code"]) == refused
    assert await patch(house, FIRST, {"roles": ["admin", "student"], "name": "管理员"}) == (200, None)
    added = {"username": "admin2", "name": "二号", "roles": ["admin"], "password": PASSWORD}
    assert (await house.ask("POST", "/people", json=added, headers={"Idempotency-Key": "admin-2"})).status_code == 201
    assert await patch(house, FIRST, {"roles": ["student"]}, "admin2") == (200, None)
    assert await patch(house, SECOND, {"roles": ["student"]}, "admin2") == refused
    assert await patch(house, FIRST, {"roles": ["admin"]}, "admin2") == (200, None)
    assert await patch(house, SECOND, {"roles": ["student"]}, "admin2") == (200, None)


async def test_of_two_administrators_who_stop_at_the_same_time_one_stays(house: House) -> None:
    added = {"username": "admin2", "name": "二号", "roles": ["admin"], "password": PASSWORD}
    assert (await house.ask("POST", "/people", json=added, headers={"Idempotency-Key": "admin-2"})).status_code == 201
    one, two = await house.token("admin1"), await house.token("admin2")

    async def leave(token: str, person: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return (await house.http.post(f"/api/members/people/{person}/departure", headers=headers)).status_code

    statuses = await asyncio.gather(leave(one, FIRST), leave(two, SECOND))
    assert sorted(statuses) in ([200, 409], [409, 409])
    token = one if statuses[0] != 200 else two
    page = await house.http.get("/api/members/people?role=admin", headers={"Authorization": f"Bearer {token}"})
    assert len(page.json()["items"]) >= 1
