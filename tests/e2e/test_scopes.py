"""By role on the whole system: each of the staff where they work, what is sealed with its two readers, by HTTP only."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.demo.campus import Person, campus
from deploy.demo.people import Refused, Someone, Town
from shared.contracts.places import holds
from shared.ids import new_id
from tests.support.town import Place

Json = dict[str, Any]
STAFF = ("desk1", "desk2", "desk3", "secretary1", "counsellor1", "counsellor2", "leader1", "admin1", "logistics1")


@pytest.fixture
async def town(place: Place) -> AsyncIterator[Town]:
    opened = Town(place.origin, place.password)
    yield opened
    await opened.close()


def living_in(building: str) -> Person:
    return next(one for one in campus().accounts("student") if holds(building, str(one.place)))


async def file(person: Someone, category: str, **more: Any) -> str:
    return str(
        (await person.post("/api/requests", {"category": category, "title": "陪我去", **more}, key=new_id()))["id"]
    )


async def code(asked: Any) -> str | None:
    try:
        await asked
    except Refused as refused:
        return refused.code
    return None


async def who_opens(town: Town, request_id: str) -> set[str]:
    path = f"/api/requests/{request_id}"
    answers = {who: await code(town.someone(who).get(path)) for who in (*STAFF, "sealed_reader1")}
    assert set(answers.values()) <= {None, "auth.not_yours"}
    return {who for who, answer in answers.items() if answer is None}


async def in_queue(town: Town, who: str, request_id: str) -> bool:
    page = await town.someone(who).get("/api/requests/queue", q=request_id)
    return [row["id"] for row in page["items"]] == [request_id]


async def test_two_desks_in_two_buildings_and_counsellors_of_two_campuses(town: Town) -> None:
    three, five = (town.someone(living_in(building).username) for building in ("east.b3", "west.b5"))
    of_three, of_five = await file(three, "wish.company"), await file(five, "wish.company")
    east = {"desk1", "desk3", "secretary1", "counsellor1", "admin1"}
    west = {"desk1", "desk2", "secretary1", "counsellor2", "admin1"}
    assert (await who_opens(town, of_three), await who_opens(town, of_five)) == (east, west)
    for who in ("desk1", "desk2", "desk3", "secretary1", "counsellor1", "counsellor2"):
        seen = (await in_queue(town, who, of_three), await in_queue(town, who, of_five))
        assert seen == (who in east, who in west)
    hold = {"reason": "等一等", "for_requester": False}
    assert await code(town.someone("desk2").post(f"/api/requests/{of_three}/hold", hold)) == "auth.not_yours"
    assert await code(town.someone("desk3").post(f"/api/requests/{of_three}/hold", hold)) is None


async def test_what_is_sealed_is_its_readers_alone(town: Town) -> None:
    student = town.someone(living_in("east.b3").username)
    sealed = await file(student, "counsel.talk")
    assert await who_opens(town, sealed) == {"counsellor1", "sealed_reader1"}
    for who in ("desk1", "desk3", "secretary1", "counsellor2", "leader1", "admin1", "logistics1"):
        assert not await in_queue(town, who, sealed)
    for who in ("counsellor1", "sealed_reader1"):
        assert await in_queue(town, who, sealed)
    path = f"/api/reporting/rows/requests/{sealed}"
    for who in ("desk1", "desk3", "secretary1", "counsellor2", "leader1", "admin1"):
        assert await code(town.someone(who).get(path)) == "row.unknown"


async def test_people_and_narrow_numbers_are_those_of_where_one_works(town: Town) -> None:
    desk = town.someone("desk3")
    rows = (await desk.get("/api/members/people", limit=200))["items"]
    assert rows
    assert all(holds("east.b3", row["place"]) for row in rows)
    stranger = (await town.someone("admin1").get("/api/members/people", q=living_in("west.b5").username))["items"][0]
    for path in (f"/api/members/people/{stranger['id']}", f"/api/members/people/{stranger['id']}/points"):
        assert await code(desk.get(path)) == "http.not_found"
    figure = "/api/reporting/figures/filed"
    assert await code(desk.get(figure)) is None
    assert await code(desk.get(figure, building="east.b3")) is None
    assert await code(desk.get(figure, building="west.b5")) == "auth.not_yours"
    assert await code(desk.get(figure, kind="wish")) == "auth.not_yours"
