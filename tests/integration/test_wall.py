"""The wall on the real broker and store: what it shows to whom, and what a claim does."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.support.requests_stage import ROOM, Stage

pytestmark = pytest.mark.integration

TOLD = {"id", "column", "kind", "category", "title", "building", "urgent", "filed_at", "closed_at"} | {
    *("stars", "mine", "leg_id"),
}


async def column(stage: Stage, who: str, name: str = "waiting", **query: Any) -> dict[str, Any]:
    asked = "&".join(f"{key}={value}" for key, value in {"column": name, **query}.items())
    answer = await stage.ask(who, "GET", f"/wall?{asked}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def claim(stage: Stage, who: str, request: dict[str, Any]) -> Any:
    return await stage.ask(who, "POST", f"/{request['id']}/legs/{request['legs'][0]['id']}/claim")


async def test_a_wish_goes_from_column_to_column_and_nobody_is_named(stage: Stage) -> None:
    request = (await stage.file()).json()
    (shown,) = (await column(stage, "mate"))["items"]
    assert set(shown) == TOLD
    assert (shown["title"], shown["building"], shown["mine"], shown["leg_id"]) == ("买药", "east.b3", False, None)
    assert (await column(stage, "student"))["items"][0]["mine"]
    assert (await column(stage, "volunteer"))["items"][0]["leg_id"] == request["legs"][0]["id"]
    taken = await claim(stage, "volunteer", request)
    assert (taken.status_code, taken.json()["stage"], taken.json()["may"]) == (
        200,
        "assigned",
        ["release", "report", "start"],
    )
    (helped,) = (await column(stage, "mate", "helped"))["items"]
    assert (helped["leg_id"], (await column(stage, "mate"))["counts"]) == (
        None,
        {"waiting": 0, "helped": 1, "fulfilled": 0},
    )
    leg = f"/{request['id']}/legs/{request['legs'][0]['id']}"
    for command, body in (("start", None), ("completion", {})):
        await stage.ask("volunteer", "POST", f"{leg}/{command}", body)
    await stage.ask("student", "POST", f"/{request['id']}/confirmation", {"solved": True, "stars": 4})
    (fulfilled,) = (await column(stage, "mate", "fulfilled"))["items"]
    assert fulfilled["stars"] == 4
    everything = str([(await column(stage, "mate", name)) for name in ("waiting", "helped", "fulfilled")])
    assert not any(told in everything for told in ("student", "volunteer", ROOM, "感冒了"))


async def test_a_claim_takes_an_unanswered_offer_over_and_every_service_hears_who_helps(stage: Stage) -> None:
    request = (await stage.file()).json()
    await stage.propose(request)
    await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "offered")
    assert (await column(stage, "helper"))["items"][0]["leg_id"] is None, "it is theirs to accept, not to claim"
    answers = await asyncio.gather(*(claim(stage, "volunteer", request) for _ in range(2)))
    assert [answer.status_code for answer in answers] == [200, 200], "what they asked for twice is theirs"
    late = await stage.ask("helper", "POST", f"/{request['id']}/legs/{request['legs'][0]['id']}/acceptance")
    assert (late.status_code, late.json()["code"]) == (403, "auth.not_yours")
    seen = (await stage.ask("student", "GET", f"/{request['id']}")).json()
    assert [line["code"] for line in seen["timeline"][-2:]] == ["leg.claimed", "leg.accepted"]
    facts = await stage.told(request["id"], "request.contacted")
    assert facts[-4:] == ["leg.offered", "leg.offered", "leg.accepted", "request.contacted"]
    mine = (await stage.ask("volunteer", "GET", "/my-legs")).json()["items"]
    assert [(leg["state"], leg["round"]) for leg in mine] == [("accepted", 2)]


@pytest.mark.parametrize(
    ("change", "who", "status", "code"),
    [
        ({}, "student", 403, "auth.forbidden"),
        ({}, "desk", 403, "auth.forbidden"),
        ({}, "neighbour", 409, "leg.helper_excluded"),
        ({"visibility": "private"}, "volunteer", 403, "auth.not_yours"),
        ({"category": "repair.paint"}, "volunteer", 403, "auth.not_yours"),
        ({"category": "quarrel.roommates"}, "volunteer", 403, "auth.not_yours"),
    ],
)
async def test_a_claim_that_does_not_fit_is_refused(
    stage: Stage, change: dict[str, Any], who: str, status: int, code: str
) -> None:
    request = (await stage.file(**change)).json()
    answer = await claim(stage, who, request)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    seen = (await stage.ask("student", "GET", f"/{request['id']}")).json()
    assert seen["legs"][0]["helper_id"] is None


async def test_what_the_desk_gave_to_somebody_is_nobody_elses(stage: Stage) -> None:
    request = (await stage.file()).json()
    leg = f"/{request['id']}/legs/{request['legs'][0]['id']}"
    assert (await stage.ask("desk", "POST", f"{leg}/assignment", {"helper_id": "helper"})).status_code == 200
    assert (await column(stage, "volunteer"))["items"][0]["leg_id"] is None
    refused = await claim(stage, "volunteer", request)
    assert (refused.status_code, refused.json()["code"]) == (409, "leg.wrong_state")


async def test_the_wall_shows_wishes_and_studies_by_pages_and_buildings_and_nothing_private(stage: Stage) -> None:
    filed: list[dict[str, Any]] = []
    for name in ("wish.errand", "study.maths", "wish.moving"):
        filed.append((await stage.file(category=name)).json())
        stage.clock.moment += timedelta(minutes=1)
    hidden = ({"category": "wish.company"}, {"category": "repair.paint"}, {"category": "suggestion.food"})
    for change in (*hidden, {"visibility": "private"}):
        assert (await stage.file(**change)).status_code == 201
    first = await column(stage, "mate", limit=2)
    rest = await column(stage, "mate", limit=2, cursor=first["next_cursor"])
    assert [row["id"] for page in (first, rest) for row in page["items"]] == [row["id"] for row in reversed(filed)]
    assert (first["counts"]["waiting"], rest["counts"], rest["next_cursor"]) == (3, None, None)
    assert len((await column(stage, "mate", building="east.b3"))["items"]) == 3
    elsewhere = await column(stage, "mate", building="east.b4")
    assert (elsewhere["items"], elsewhere["counts"]["waiting"]) == ([], 0)
    wrong = {"column=nowhere": 422, "limit=0": 422, "colour=red": 422, "cursor=nonsense": 400}
    for query, status in wrong.items():
        answer = await stage.ask("mate", "GET", f"/wall?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
