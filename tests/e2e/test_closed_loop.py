"""The closed loop on the whole system, by HTTP and SSE only: filed, matched or sent out, served, confirmed, seen."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.demo.people import Refused, Someone, Town
from shared.ids import new_id
from tests.support.town import Place

Json = dict[str, Any]
LEADER, DESK, STUDENT = "leader1", "desk1", "student1"


@pytest.fixture
async def town(place: Place) -> AsyncIterator[Town]:
    opened = Town(place.origin, place.password)
    yield opened
    await opened.close()


async def until(look: Callable[[], Awaitable[Any]], what: str, seconds: float = 30) -> Any:
    """Look until there is something to see, and return it."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                if seen := await look():
                    return seen
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"waited {seconds} s in vain for {what}")


async def request_in(person: Someone, request_id: str, stage: str) -> Json:
    """Wait until the request stands at the stage."""

    async def look() -> Json | None:
        view = await person.get(f"/api/requests/{request_id}")
        return view if view["stage"] == stage else None

    return await until(look, f"stage {stage}")


async def category(person: Someone, lane: str, *, sealed: bool = False) -> str:
    rows = (await person.get("/api/requests/categories"))["items"]
    return next(r["id"] for r in rows if r["lane"] == lane and (r.get("visibility") == "sealed") == sealed)


async def file(person: Someone, kind: str, **more: Any) -> Json:
    return await person.post("/api/requests", {"category": kind, "title": "灯不亮了", **more}, key=new_id())


async def helper_of(town: Town, desk: Someone, view: Json, *, not_one: str = "") -> tuple[Someone, Json]:
    """Wait until the first leg is offered, and return the helper and the request."""

    async def look() -> Json | None:
        seen = await desk.get(f"/api/requests/{view['id']}")
        leg = seen["legs"][0]
        return seen if leg["state"] == "offered" and leg["helper_id"] != not_one else None

    seen = await until(look, "an offer")
    helper = await desk.get(f"/api/members/people/{seen['legs'][0]['helper_id']}")
    return town.someone(helper["username"]), seen


async def serve(helper: Someone, view: Json) -> None:
    base = f"/api/requests/{view['id']}/legs/{view['legs'][0]['id']}"
    for step in ("acceptance", "start", "completion"):
        await helper.post(f"{base}/{step}")


async def balance(person: Someone) -> int:
    return int((await person.get("/api/members/points/mine"))["balance"])


async def row_of(leader: Someone, request_id: str, stage: str) -> Json:
    async def look() -> Json | None:
        try:
            row = await leader.get(f"/api/reporting/rows/requests/{request_id}")
        except Refused:
            return None
        return row if row["stage"] == stage else None

    return await until(look, f"a row at {stage}")


async def test_a_wish_is_matched_served_confirmed_rated_and_earns_points(town: Town) -> None:
    student, desk, leader = town.someone(STUDENT), town.someone(DESK), town.someone(LEADER)
    filed = await file(student, await category(student, "helper"), text="can somebody help me move in")
    helper, offered = await helper_of(town, desk, filed)
    reasons = (await desk.get(f"/api/members/requests/{filed['id']}/proposals"))["items"]
    assert reasons
    assert reasons[0]["reasons"]
    assert await helper.id() != await student.id()
    before = await balance(helper)
    await serve(helper, offered)
    resolved = await request_in(student, filed["id"], "resolved")
    assert "confirm" in " ".join(resolved["may"])
    closed = await student.post(f"/api/requests/{filed['id']}/confirmation", {"solved": True, "stars": 5})
    assert (closed["stage"], closed["rating"]["stars"]) == ("closed_confirmed", 5)

    async def vested() -> bool:
        return await balance(helper) > before

    await until(vested, "points")
    row = await row_of(leader, filed["id"], "closed_confirmed")
    assert row["learnt_at"] >= row["filed_at"]
    records = await leader.get("/api/reporting/figures/resolution_rate/records", side="numerator", limit=200)
    assert any(filed["id"] in json.dumps(item) for item in records["items"])


async def test_not_solved_reopens_and_earns_nothing_until_it_is(town: Town) -> None:
    student, desk = town.someone("student2"), town.someone(DESK)
    filed = await file(student, await category(student, "helper"))
    helper, offered = await helper_of(town, desk, filed)
    before = await balance(helper)
    await serve(helper, offered)
    await request_in(student, filed["id"], "resolved")
    again = await student.post(f"/api/requests/{filed['id']}/confirmation", {"solved": False, "comment": "still dark"})
    assert again["stage"] not in {"closed_confirmed", "closed_unconfirmed", "resolved"}
    with pytest.raises(Refused) as refused:
        await student.post(f"/api/requests/{filed['id']}/confirmation", {"solved": True, "stars": 5})
    assert (refused.value.status, refused.value.code) == (409, "request.wrong_stage")
    assert await balance(helper) == before


async def test_a_declined_offer_goes_to_somebody_else(town: Town) -> None:
    student, desk = town.someone("student3"), town.someone(DESK)
    filed = await file(student, await category(student, "helper"))
    helper, offered = await helper_of(town, desk, filed)
    leg = offered["legs"][0]
    await helper.post(f"/api/requests/{filed['id']}/legs/{leg['id']}/decline", {"reason": "exam"})
    second, _ = await helper_of(town, desk, filed, not_one=leg["helper_id"])
    assert second.username != helper.username
    with pytest.raises(Refused) as refused:
        await helper.post(f"/api/requests/{filed['id']}/legs/{leg['id']}/acceptance")
    assert refused.value.code == "auth.not_yours"


async def test_a_repair_goes_out_comes_back_and_is_confirmed_without_points(town: Town) -> None:
    student, leader = town.someone("student4"), town.someone(LEADER)
    filed = await file(student, await category(student, "outside"), text="no hot water")
    resolved = await request_in(student, filed["id"], "resolved")
    assert resolved["legs"][0]["state"] == "remote_closed"
    assert resolved["legs"][0]["remote_id"]
    await student.post(f"/api/requests/{filed['id']}/confirmation", {"solved": True, "stars": 4})
    await row_of(leader, filed["id"], "closed_confirmed")
    assert await balance(student) == 0


async def test_the_desk_files_for_a_student_who_finds_it_among_theirs(town: Town) -> None:
    student, desk = town.someone("student5"), town.someone(DESK)
    filed = await file(desk, await category(desk, "helper"), requester_id=await student.id())
    assert filed["channel"] == "desk"
    mine = await student.get("/api/requests/mine", limit=50)
    assert filed["id"] in [item["id"] for item in mine["items"]]
    queue = await desk.get("/api/requests/queue", limit=100)
    assert filed["id"] in [item["id"] for item in queue["items"]]
    cancelled = await student.post(f"/api/requests/{filed['id']}/cancellation", {"reason": "done already"})
    assert cancelled["stage"] == "cancelled"


async def test_one_key_files_once(town: Town) -> None:
    student = town.someone("student6")
    body = {"category": await category(student, "helper"), "title": "once"}
    key = new_id()
    answers = await asyncio.gather(*(student.post("/api/requests", body, key=key) for _ in range(8)))
    assert len({answer["id"] for answer in answers}) == 1
    with pytest.raises(Refused) as refused:
        await student.post("/api/requests", {**body, "title": "another"}, key=key)
    assert (refused.value.status, refused.value.code) == (409, "http.idempotency_key_reused")


async def test_a_sealed_request_is_on_no_list_and_sent_nowhere(town: Town) -> None:
    student, desk, leader = town.someone("student7"), town.someone(DESK), town.someone(LEADER)
    filed = await file(student, await category(student, "sealed", sealed=True), text="a quarrel with my room-mate")
    assert filed["visibility"] == "sealed"
    queue = await desk.get("/api/requests/queue", limit=100)
    assert filed["id"] not in [item["id"] for item in queue["items"]]
    with pytest.raises(Refused):
        await desk.get(f"/api/requests/{filed['id']}")

    async def counted() -> bool:
        return (await leader.get("/api/reporting/boards/community"))["totals"]["filed"] > 0

    await until(counted, "the board")
    narrowed = {
        "filed": {"kind": "quarrel"},
        "satisfaction": {"category": "quarrel.roommates"},
        "sealed": {"building": "east.b1"},
    }
    for figure, scope in narrowed.items():
        told = await leader.get(f"/api/reporting/figures/{figure}", **scope)
        assert (told["value"], told["numerator"], told["withheld"]) == (None, None, "confidential")
    assert (await leader.get("/api/reporting/figures/filed"))["sealed_left_out"] is True
    assert filed["id"] not in json.dumps(await leader.get("/api/reporting/boards/community"))


async def test_an_activity_is_planned_published_waited_for_attended_and_earns_points(town: Town) -> None:
    secretary, guest, second = (town.someone(name) for name in ("secretary1", "student8", "student9"))
    starts = datetime.now(UTC) + timedelta(minutes=10)
    plan = {
        "title": "学长领航站",
        "category": "salon",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=1)).isoformat(),
        "place": "east.b1",
        "capacity": 1,
        "points": 3,
    }
    base = f"/api/activities/{(await secretary.post('/api/activities', plan, key=new_id()))['id']}"
    await secretary.post(f"{base}/publication")
    assert (await guest.post(f"{base}/sign-ups"))["mine"] == "seat"
    assert (await second.post(f"{base}/sign-ups"))["mine"] == "waiting"
    with pytest.raises(Refused) as refused:
        await second.post(f"{base}/attendance", {"code": (await secretary.get(f"{base}/code"))["code"]})
    assert refused.value.code == "activity.no_seat"
    before = await balance(guest)
    code = (await secretary.get(f"{base}/code"))["code"]
    assert (await guest.post(f"{base}/attendance", {"code": code}))["mine"] == "attended"

    async def vested() -> bool:
        return await balance(guest) == before + 3

    await until(vested, "points for attending")


async def test_the_board_moves_live_when_a_request_is_filed(town: Town, place: Place) -> None:
    leader, student = town.someone(LEADER), town.someone("student9")
    token = (await leader.session())["token"]
    headers = {"authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(base_url=place.origin, timeout=30) as client,
        client.stream("GET", "/api/reporting/boards/community/live", headers=headers) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        boards = _boards(stream)
        first = await anext(boards)
        await file(student, await category(student, "helper"))
        async with asyncio.timeout(20):
            async for board in boards:
                if board["totals"]["filed"] > first["totals"]["filed"]:
                    assert board["seq"] > first["seq"]
                    break


async def _boards(stream: httpx.Response) -> AsyncIterator[Json]:
    async for line in stream.aiter_lines():
        if line.startswith("data:"):
            yield json.loads(line.removeprefix("data:"))


async def test_every_figure_is_proved_by_the_records_behind_it(town: Town) -> None:
    leader = town.someone(LEADER)
    figures = (await leader.get("/api/reporting/figures"))["items"]
    assert {"resolution_rate", "satisfaction", "coverage", "participation"} <= {figure["id"] for figure in figures}
    for figure in figures:
        told = await leader.get(f"/api/reporting/figures/{figure['id']}")
        assert told["formula_zh"]
        assert told["formula_en"]
        for side in ("numerator", "denominator"):
            first, hidden = await _records(leader, figure["id"], side)
            assert len(first) + hidden == (told[side] or 0), f"{figure['id']} {side}"
            assert len(set(first)) == len(first)


async def _records(leader: Someone, figure: str, side: str) -> tuple[list[str], int]:
    ids: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = await leader.get(f"/api/reporting/figures/{figure}/records", side=side, limit=200, **more)
        ids += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            return ids, int(page["hidden"])
        more = {"cursor": page["next_cursor"]}


async def test_the_board_equals_a_recount_of_its_rows(town: Town) -> None:
    leader = town.someone(LEADER)

    async def agrees() -> bool:
        recount = await leader.get("/api/reporting/boards/community/recount")
        return bool(recount["same"])

    await until(agrees, "the board and its recount to agree")
