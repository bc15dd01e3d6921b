"""Staff see the people for whom they work; two people at most read what is sealed; staff of before keep a campus."""

import asyncio
from typing import Any

import pytest

from services.members.people.handlers.commands import People, give_duties
from shared.contracts.members import Role
from tests.integration.test_members import PASSWORD, House, house
from tests.support.identities import person_id_of

__all__ = ["house"]

pytestmark = pytest.mark.integration

PLACES = "id,type,name\neast,campus,东校区\n" + "".join(
    f"east.b{b},building,{b}栋\neast.b{b}.f1,floor,{b}栋一层\neast.b{b}.f1.r1,room,{b}01\n" for b in (1, 2, 10)
)
UNITS = "id,type,name,parent\ngeneral,general_branch,总支,\nbranch,branch,支部,general\ngroup,group,小组,branch\n"
PEOPLE = "username,name,roles,room,units,duty,password\n" + "".join(
    f"{row},{PASSWORD}\n"
    for row in (
        "anna,安娜,student,east.b1.f1.r1,,",
        "bo,薄二,student,east.b2.f1.r1,group,",
        "carl,卡三,student,east.b10.f1.r1,,",
        "desk,赵四,desk,,,1栋",
        "counsellor,顾五,counsellor,,branch,1栋",
        "secretary,陆六,secretary,,general,",
        "leader,江七,leader,,,",
        "lost,无八,desk,,,",
    )
)
SEEN = {
    "desk": {"anna"},
    "counsellor": {"anna", "bo", "counsellor"},
    "secretary": {"bo", "counsellor", "secretary"},
    "lost": set[str](),
}
"""Whom each of the staff works for; one room of building 10 lies in no duty of building 1."""


async def town(house: House) -> None:
    for what, text in (("places", PLACES), ("units", UNITS), ("people", PEOPLE)):
        assert (await house.load(what, text))["errors"] == []


async def listed(house: House, who: str, query: str = "") -> set[str]:
    found: set[str] = set()
    cursor = ""
    while True:
        page = (await house.ask("GET", f"/people?limit=2{query}{cursor}", who)).json()
        found |= {row["username"] for row in page["items"]}
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_people_their_points_and_areas_are_those_for_whom_the_staff_works(house: House) -> None:
    await town(house)
    everybody = {row.split(",")[0] for row in PEOPLE.splitlines()[1:]} | {"admin1"}
    for who in ("leader", "admin1"):
        assert await listed(house, who) == everybody
    for who, seen in SEEN.items():
        assert await listed(house, who) == seen
        students = {one for one in seen if one in {"anna", "bo", "carl"}}
        assert await listed(house, who, "&role=student") == students
        for name, username in (("安娜", "anna"), ("薄二", "bo"), ("卡三", "carl")):
            assert await listed(house, who, f"&q={name}") == {username} & seen, (who, username)
        for username in everybody:
            person = person_id_of(username)
            shown = 200 if username in seen | {who} else 404
            for path in (f"/people/{person}", f"/people/{person}/points"):
                assert (await house.ask("GET", path, who)).status_code == shown, (who, path)


async def test_a_secretary_gives_and_ends_only_areas_of_where_they_work(house: House) -> None:
    await town(house)
    version = (await house.ask("GET", f"/people/{person_id_of('secretary')}")).headers["etag"]
    duty = {"json": {"duty": ["east.b1"]}, "headers": {"If-Match": version}}
    assert (await house.ask("PATCH", f"/people/{person_id_of('secretary')}", **duty)).status_code == 200
    area = {"owner_id": person_id_of("anna"), "places": ["east.b2.f1"]}
    refused = await house.ask("POST", "/duty-areas", "secretary", json=area, headers={"Idempotency-Key": "area-1"})
    assert (refused.status_code, refused.json()["code"]) == (403, "auth.not_yours")
    made = await house.ask("POST", "/duty-areas", json=area, headers={"Idempotency-Key": "area-2"})
    ended = await house.ask("DELETE", f"/duty-areas/{made.json()['id']}", "secretary")
    assert (ended.status_code, ended.json()["code"]) == (403, "auth.not_yours")
    own = {**area, "places": ["east.b1.f1"]}
    made = await house.ask("POST", "/duty-areas", "secretary", json=own, headers={"Idempotency-Key": "area-3"})
    assert made.status_code == 201
    assert (await house.ask("DELETE", f"/duty-areas/{made.json()['id']}", "secretary")).status_code == 204


async def test_a_narrowed_duty_ends_sessions_and_a_wider_one_comes_with_the_renewed_token(house: House) -> None:
    await town(house)
    token = await house.token("desk")

    async def with_token(method: str, path: str) -> Any:
        return await house.http.request(method, f"/api/members{path}", headers={"Authorization": f"Bearer {token}"})

    async def give(duty: list[str]) -> int:
        version = (await house.ask("GET", f"/people/{person_id_of('desk')}")).headers["etag"]
        changed = await house.ask(
            "PATCH", f"/people/{person_id_of('desk')}", json={"duty": duty}, headers={"If-Match": version}
        )
        return changed.status_code

    assert await give(["east.b1", "east.b2"]) == 200
    renewed = await with_token("POST", "/sessions/current/renewal")
    assert (renewed.status_code, renewed.json()["person"]["duty"]) == (201, ["east.b1", "east.b2"])
    assert await give(["east.b2"]) == 200
    for _ in range(200):
        if (await with_token("GET", "/people")).status_code == 401:
            break
        await asyncio.sleep(0.05)
    assert (await with_token("GET", "/people")).json()["code"] == "auth.session_ended"
    assert await listed(house, "desk") == {"bo"}
    assert await give(["east.b2.f1.r1"]) == 422
    assert await give(["east.b77"]) == 422


async def test_staff_of_an_earlier_release_are_given_every_campus_by_a_sweep(house: House) -> None:
    await town(house)
    rows = house.app.state.runtime.collection("people")
    await rows.update_many({"state.username": {"$in": ["lost", "anna"]}}, {"$unset": {"state.profile.duty": ""}})
    assert await give_duties(house.app.state.parts[People], 10) <= 1  # the service looks by itself too
    assert await give_duties(house.app.state.parts[People], 10) == 0
    shown = (await house.ask("GET", f"/people/{person_id_of('lost')}")).json()
    assert (shown["duty"], shown["changes"][-1]["by"]) == (["east"], "members")
    assert await listed(house, "lost") == {"anna", "bo", "carl"}


async def test_two_people_at_most_read_what_is_sealed_however_they_are_made(house: House) -> None:
    await town(house)

    async def make(username: str, *roles: Role) -> tuple[int, str | None]:
        person = person_id_of(username)
        version = (await house.ask("GET", f"/people/{person}")).headers["etag"]
        answer = await house.ask("PATCH", f"/people/{person}", json={"roles": roles}, headers={"If-Match": version})
        return answer.status_code, answer.json().get("code")

    refused = (409, "person.too_many_sealed_readers")
    at_once = await asyncio.gather(*(make(one, Role.STUDENT, Role.SEALED_READER) for one in ("anna", "bo", "carl")))
    assert sorted(at_once, key=str) == sorted([(200, None), (200, None), refused], key=str)
    readers = await listed(house, "admin1", "&role=sealed_reader")
    assert len(readers) == 2
    (third,) = {"anna", "bo", "carl"} - readers
    assert await make(third, Role.SEALED_READER) == refused
    added = {"username": "new", "name": "新人", "roles": ["sealed_reader"]}
    answer = await house.ask("POST", "/people", json=added, headers={"Idempotency-Key": "new-1"})
    assert (answer.status_code, answer.json()["code"]) == refused
    table = f"username,name,roles\nnew,新人,密件查看人\n{third},{third}三,密件查看人\n"
    faults = (await house.load("people", table, dry_run=True))["errors"]
    assert {fault["code"] for fault in faults} == {"person.too_many_sealed_readers"}
    one = min(readers)
    swapped = f"username,name,roles\n{third},换人,密件查看人\n{one},退出,学生\n"
    assert (await house.load("people", swapped))["errors"] == []
    assert await listed(house, "admin1", "&role=sealed_reader") == (readers - {one}) | {third}
    assert await make(one, Role.SEALED_READER) == refused
    left = await house.ask("POST", f"/people/{person_id_of(third)}/departure")
    assert left.status_code == 200
    assert await make(one, Role.SEALED_READER) == (200, None)
    back = await house.ask("POST", f"/people/{person_id_of(third)}/return", json={})
    assert (back.status_code, back.json()["code"]) == refused
