"""Kind: the same thing is filed twice. Open requests of the room and kind are shown before, by nobody's name."""

from datetime import timedelta
from typing import Any

import pytest

from services.requests.casework.handlers.casework import Casework
from services.requests.casework.store import NEWEST_FIRST
from services.requests.wall.queries import like
from shared.contracts.stages import Kind, Visibility
from tests.support.requests_stage import ROOM, Stage

pytestmark = pytest.mark.integration

DOOR = {"category": "repair.door_window", "title": "门关不上"}


async def similar(stage: Stage, who: str, category: str = "repair.paint", place: str | None = ROOM) -> dict[str, Any]:
    at = "" if place is None else f"&place={place}"
    answer = await stage.ask(who, "GET", f"/similar?category={category}{at}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def titles(stage: Stage, who: str, **query: Any) -> list[str]:
    return [one["title"] for one in (await similar(stage, who, **query))["items"]]


async def test_the_requester_and_the_room_mate_see_it_and_only_the_requester_opens_it(stage: Stage) -> None:
    filed = (await stage.file(**DOOR)).json()
    (mine,) = (await similar(stage, "student", place=None))["items"]
    (mates,) = (await similar(stage, "mate", place=None))["items"]
    assert (mine["id"], mine["mine"], mine["opens"], mine["stage"]) == (filed["id"], True, True, filed["stage"])
    assert (mates["id"], mates["mine"], mates["opens"]) == (filed["id"], False, False)
    assert not any("student" in str(value) for value in mates.values()), "it tells nobody's name or id"


async def test_only_what_is_open_and_of_the_kind_and_the_place_is_shown(stage: Stage) -> None:
    filed = (await stage.file(**DOOR)).json()
    assert await titles(stage, "student", category="wish.errand") == []
    assert await titles(stage, "student", place="east.b3.f2.r201") == []
    assert await titles(stage, "student", category="repair.network") == ["门关不上"]
    assert (await stage.ask("student", "POST", f"/{filed['id']}/cancellation", {})).status_code == 200
    assert await titles(stage, "student") == []


async def test_what_is_private_or_sealed_is_told_to_those_who_see_it_anyway(stage: Stage) -> None:
    await stage.file(category="wish.company", title="陪我去医院")
    await stage.file(category="quarrel.roommates", title="说不拢")
    wishes, quarrels = {"category": "wish.errand"}, {"category": "quarrel.roommates"}
    seen = {who: [await titles(stage, who, **query) for query in (wishes, quarrels)] for who in ("student", "mate")}
    assert seen == {"student": [["陪我去医院"], ["说不拢"]], "mate": [[], []]}
    assert await titles(stage, "desk", **wishes) == ["陪我去医院"]
    for reader in ("named", "counsellor", "desk"):
        assert await titles(stage, reader, **quarrels) == []


async def test_the_newest_are_shown_and_that_there_are_more(stage: Stage) -> None:
    for number in range(7):
        await stage.file(**{**DOOR, "title": f"门 {number}"})
        stage.clock.moment += timedelta(minutes=1)
    shown = await similar(stage, "student")
    assert ([one["title"] for one in shown["items"]], shown["more"]) == ([f"门 {n}" for n in (6, 5, 4, 3, 2)], True)


@pytest.mark.parametrize(
    ("who", "query", "status", "code"),
    [
        ("student", "category=repair.nothing", 422, "request.unknown_category"),
        ("student", "", 422, "http.parameter_invalid"),
        ("student", "category=repair.paint&place=Not!a!place", 422, "http.parameter_invalid"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    stage: Stage, who: str, query: str, status: int, code: str
) -> None:
    answer = await stage.ask(who, "GET", f"/similar?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("times", [10, 100])
async def test_an_index_finds_them_however_many_were_served(stage: Stage, times: int) -> None:
    filed = (await stage.file(**DOOR)).json()
    collection = stage.parts[Casework].documents.collection
    row = await collection.find_one({"_id": filed["id"]})
    assert row is not None
    done = {**row, "state": {**row["state"], "stage": "closed_confirmed"}}
    elsewhere = {**row, "state": {**row["state"], "place": "east.b3.f2.r201"}}
    await collection.insert_many([{**done, "_id": f"done-{n}", "outbox": []} for n in range(times)])
    await collection.insert_many([{**elsewhere, "_id": f"elsewhere-{n}", "outbox": []} for n in range(times)])
    where = like(Kind.REPAIR, ROOM, "student", {Visibility.PUBLIC, Visibility.MASKED})
    found = await collection._raw.find(where).sort(list(NEWEST_FIRST.sort)).limit(6).explain()
    assert (found["executionStats"]["totalDocsExamined"], found["executionStats"]["nReturned"]) == (1, 1)
    assert "COLLSCAN" not in str(found["queryPlanner"]["winningPlan"])
