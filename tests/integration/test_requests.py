"""The whole of `requests` on the real broker and store: HTTP in, facts out, an outside system that comes and goes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.requests.casework.handlers.casework import Casework
from services.requests.clocks.handlers import ring_due_clocks
from services.requests.logistics.handlers.logistics import Logistics
from services.requests.logistics.handlers.polling import poll_silent_legs
from tests.support.requests_stage import HOOK, ROLES, ROOM, Stage, closed

pytestmark = pytest.mark.integration


async def test_a_wish_runs_from_filing_to_a_confirmed_closing(stage: Stage) -> None:
    answer = await stage.file()
    assert answer.status_code == 201
    request = answer.json()
    assert (request["stage"], request["place"], request["may"]) == ("matching", ROOM, ["cancel"])
    assert answer.headers["etag"] == f'"{request["version"]}"'
    await stage.propose(request)
    await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "offered")
    mine = (await stage.ask("helper", "GET", "/my-legs")).json()["items"]
    assert [(leg["may"], leg["request"]["title"]) for leg in mine] == [(["accept", "decline"], "买药")]
    leg = f"/{request['id']}/legs/{mine[0]['id']}"
    for command, body in (("acceptance", None), ("start", None), ("completion", {"note": "done"})):
        answer = await stage.ask("helper", "POST", f"{leg}/{command}", body)
        assert answer.status_code == 200, answer.text
    answer = await stage.ask("student", "POST", f"/{request['id']}/confirmation", {"solved": True, "stars": 5})
    assert (answer.json()["stage"], answer.json()["rating"]["stars"]) == ("closed_confirmed", 5)
    assert await stage.told(request["id"], "request.closed") == [
        "request.filed",
        "request.triaged",
        "leg.opened",
        "leg.offered",
        "leg.accepted",
        "request.contacted",
        "leg.started",
        "leg.done",
        "request.resolved",
        "request.rated",
        "request.closed",
    ]
    assert (await stage.ask("helper", "GET", "/my-legs")).json()["items"] == []
    assert len((await stage.ask("helper", "GET", "/my-legs?state=all")).json()["items"]) == 1
    rated = await stage.ask("student", "POST", f"/{request['id']}/rating", {"stars": 4})
    assert rated.json()["rating"]["revision"] == 2
    again = await stage.ask("student", "POST", f"/{request['id']}/reopening", {"reason": "again"})
    assert again.json()["stage"] == "matching"


async def test_one_key_files_once(stage: Stage) -> None:
    first, second = await asyncio.gather(stage.file(key="k"), stage.file(key="k"))
    assert {first.status_code, second.status_code} == {200, 201}
    assert first.json()["id"] == second.json()["id"]
    other = await stage.file(key="k", title="别的")
    assert (other.status_code, other.json()["code"]) == (409, "http.idempotency_key_reused")
    assert len((await stage.ask("student", "GET", "/mine")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("who", "change", "status", "code"),
    [
        ("student", {"category": "nonsense"}, 422, "request.unknown_category"),
        ("student", {"place": "east.b9"}, 422, "request.unknown_place"),
        ("student", {"place": "Not A Place"}, 422, "http.body_invalid"),
        ("student", {"requester_id": "mate"}, 403, "request.only_for_yourself"),
        ("student", {"channel": "desk"}, 403, "request.not_your_channel"),
        ("desk", {"channel": "desk", "place": ROOM}, 403, "request.not_your_channel"),
        ("student", {"urgent": "yes"}, 422, "http.body_invalid"),
        ("student", {"colour": "red"}, 422, "http.body_invalid"),
        ("student", {"title": "x" * 81}, 422, "http.body_invalid"),
        ("desk", {"requester_id": "nobody"}, 422, "request.unknown_requester"),
        ("desk", {}, 422, "request.place_missing"),
    ],
)
async def test_a_form_that_does_not_fit_is_refused(
    stage: Stage, who: str, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await stage.file(who, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_desk_works_its_queue(stage: Stage) -> None:
    filed = (await stage.file("desk", requester_id="student")).json()
    assert (filed["channel"], filed["place"], filed["filed_by_id"]) == ("desk", ROOM, "desk")
    page = (await stage.ask("desk", "GET", "/queue?limit=1&kind=wish&building=east.b3&q=买&overdue=false")).json()
    assert [row["id"] for row in page["items"]] == [filed["id"]]
    assert (page["counts"]["total"], page["counts"]["matching"], page["counts"]["coordinator"]) == (1, 1, 0)
    second = (await stage.file()).json()
    await stage.propose(second, None)
    await stage.until(second["id"], lambda seen: seen["needs"] == ["coordinator"])
    first_page = (await stage.ask("desk", "GET", "/queue?limit=1")).json()
    next_page = (await stage.ask("desk", "GET", f"/queue?limit=1&cursor={first_page['next_cursor']}")).json()
    assert {row["id"] for row in (*first_page["items"], *next_page["items"])} == {filed["id"], second["id"]}
    assert (next_page["next_cursor"], next_page["counts"]) == (None, None)
    needing = (await stage.ask("desk", "GET", "/queue?needs=coordinator&stage=matching&stage=triaged")).json()
    assert [row["id"] for row in needing["items"]] == [second["id"]]
    assign = f"/{second['id']}/legs/{second['legs'][0]['id']}/assignment"
    for helper, status, code in (("mate", 409, "leg.helper_excluded"), ("nobody", 422, "leg.unknown_helper")):
        answer = await stage.ask("desk", "POST", assign, {"helper_id": helper})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await stage.ask("desk", "POST", assign, {"helper_id": "helper"})).json()["needs"] == []
    path = f"/{filed['id']}"
    for command, body, stage_after in (
        ("triage", {"urgent": True}, "matching"),
        ("contact", {"note": "called"}, "matching"),
        ("hold", {"reason": "away", "for_requester": True}, "on_hold"),
        ("resumption", None, "matching"),
        ("legs", {"kind": "helper", "skill": "moving"}, "matching"),
        ("rejection", {"reason": "no", "alternative": "yes"}, "rejected"),
    ):
        answer = await stage.ask("desk", "POST", f"{path}/{command}", body)
        assert (answer.status_code, answer.json()["stage"]) == (200, stage_after), answer.text


async def test_a_stale_version_and_a_stranger_are_refused(stage: Stage) -> None:
    request = (await stage.file()).json()
    path = f"/{request['id']}"
    stale = await stage.ask("student", "POST", f"{path}/cancellation", {}, if_match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "http.stale_version")
    for answer in (
        await stage.ask("mate", "GET", path),
        await stage.ask("mate", "POST", f"{path}/cancellation", {}),
        await stage.ask("helper", "POST", f"{path}/legs/{request['legs'][0]['id']}/acceptance"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.not_yours")
    missing = await stage.ask("student", "POST", "/nothing/cancellation", {})
    assert (missing.status_code, missing.json()["code"]) == (404, "http.not_found")
    early = await stage.ask("student", "POST", f"{path}/confirmation", {"solved": True})
    assert (early.status_code, early.json()["code"]) == (409, "request.wrong_stage")
    done = await stage.ask("student", "POST", f"{path}/cancellation", {}, if_match=f'"{request["version"]}"')
    assert done.json()["stage"] == "cancelled"


async def test_a_sealed_request_is_seen_by_its_readers_only(stage: Stage) -> None:
    request = (await stage.file(category="quarrel.roommates")).json()
    seen = {who: (await stage.ask(who, "GET", f"/{request['id']}")).status_code for who in ROLES}
    assert {who for who, status in seen.items() if status == 200} == {"student", "named"}
    for who, rows in (("desk", 0), ("leader", 0), ("counsellor", 0), ("named", 1)):
        page = (await stage.ask(who, "GET", "/queue")).json()
        assert (len(page["items"]), page["counts"]["total"]) == (rows, rows)
    assign = f"/{request['id']}/legs/{request['legs'][0]['id']}/assignment"
    taken = await stage.ask("named", "POST", assign, {"helper_id": "named"})
    assert (taken.json()["stage"], taken.json()["may"][-1]) == ("assigned", "start")


async def test_a_masked_requester_is_not_shown_to_a_leader(stage: Stage) -> None:
    request = (await stage.file(visibility="masked")).json()
    seen = (await stage.ask("leader", "GET", f"/{request['id']}")).json()
    assert (seen["requester_id"], seen["filed_by_id"], seen["timeline"][0]["actor"]) == (None, None, "requester")


async def test_a_repair_waits_while_the_outside_system_is_down_and_comes_back_by_webhook(stage: Stage) -> None:
    request = (await stage.file(category="repair.heat")).json()
    leg_id = request["legs"][0]["id"]
    for _ in range(200):
        if len(stage.repairs.told) >= 2:
            break
        await asyncio.sleep(0.05)
    stage.repairs.takes(service_request_id="311-1")
    acked = await stage.until(request["id"], lambda seen: seen["stage"] == "assigned")
    assert acked["legs"][0]["remote_id"] == "311-1"
    assert {row["key"] for row in stage.repairs.told} == {leg_id}
    told = stage.repairs.told[-1]
    assert (told["attribute[external_id]"], told["service_code"]) == (leg_id, "repair.heat")
    assert told["attribute[callback_url]"].endswith(HOOK)
    assert (told["address_string"], told["address_id"]) == ("east · b3 · f4 · 407", ROOM), "unnamed parts by their step"
    answers = [await stage.hook(closed(external_id=leg_id, status_notes="fixed")) for _ in range(2)]
    assert [(answer.status_code, answer.json()["outcome"]) for answer in answers] == [(200, "taken")] * 2
    late = await stage.hook(closed(external_id=leg_id), "w2")
    assert late.json() == {"outcome": "stale", "code": "request.wrong_stage"}
    resolved = (await stage.ask("student", "GET", f"/{request['id']}")).json()
    assert (resolved["stage"], resolved["legs"][0]["note"]) == ("resolved", "fixed")
    assert [(line["code"], line["actor"]) for line in resolved["timeline"]] == [
        ("request.filed", "student"),
        ("request.triaged", "requests"),
        ("leg.acked", "requests"),
        ("leg.remote_closed", "system:campus-repairs"),
        ("request.resolved", "system:campus-repairs"),
    ]
    facts = await stage.told(request["id"], "request.resolved")
    assert facts.count("leg.remote_closed") == facts.count("leg.acked") == 1


async def test_a_leg_that_is_refused_for_good_goes_to_the_desk(stage: Stage) -> None:
    stage.repairs.status = 400
    request = (await stage.file(category="repair.paint")).json()
    failed = await stage.until(request["id"], lambda seen: seen["needs"] == ["send_failed"])
    assert failed["legs"][0]["remote_status"] == "400"
    stage.repairs.takes(service_request_id="311-9")
    again = await stage.ask("desk", "POST", f"/{request['id']}/legs", {"kind": "outside"})
    assert again.status_code == 200
    await stage.until(request["id"], lambda seen: seen["stage"] == "assigned")


async def test_a_token_becomes_a_number_and_a_silent_leg_is_asked_about(stage: Stage) -> None:
    stage.repairs.takes(token="t1")
    request = (await stage.file(category="repair.pest")).json()
    await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "token_wait")

    async def look() -> dict[str, Any]:
        stage.clock.moment += timedelta(minutes=20)
        await poll_silent_legs(stage.parts[Logistics])
        return (await stage.ask("student", "GET", f"/{request['id']}")).json()

    assert (await look())["legs"][0]["remote_id"] == "of-t1"
    assert (await look())["legs"][0]["state"] == "remote_open"
    stage.repairs.closed = True
    assert (await look())["stage"] == "resolved"


@pytest.mark.parametrize(
    ("body", "more", "status", "code"),
    [
        (closed(), {"secret": "whsec_b3RoZXItb3RoZXI="}, 401, "hook.bad_signature"),
        (closed(), {"path": "/hooks/logistics/another"}, 404, "hook.unknown_system"),
    ],
)
async def test_a_hook_that_does_not_fit_is_refused(
    stage: Stage, body: Any, more: dict[str, str], status: int, code: str
) -> None:
    answer = await stage.hook(body, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    unsigned = await stage.http.post(HOOK, content=b"{}")
    assert unsigned.json()["code"] == "hook.bad_signature"


@pytest.mark.parametrize(
    ("q", "found"),
    [("买", 1), (ROOM, 1), ("R407", 1), ("b3.f4", 1), ("east", 1), ("r40", 0), ("3.f4", 0), ("b3.*", 1), ("b4", 0)],
)
async def test_the_queue_finds_by_title_and_by_whole_steps_of_a_place(stage: Stage, q: str, found: int) -> None:
    await stage.file()
    listed = await stage.ask("desk", "GET", f"/queue?{httpx.QueryParams(q=q)}")
    assert len(listed.json()["items"]) == found


NUMBERS = ["638344", 638344, 638344.0, " 638344 "]
STATUSES = ["Open", "OPEN", " open ", "in progress", None, 7, ["open"], {"is": "open"}]
NOTES = [None, "", 5, "x" * 5000, ["one", "two"], {"who": "me"}, "a\u0000b", "\ud800", True]


async def test_news_is_taken_in_whatever_form_it_comes(stage: Stage) -> None:
    """The kind: whoever is strict with ids, statuses or notes of another system loses its news."""
    stage.repairs.takes(service_request_id="638344")
    request = (await stage.file(category="repair.pest")).json()
    await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "acked")
    leg_id = request["legs"][0]["id"]
    rows: list[Any] = [
        *({"service_request_id": number, "status": "open"} for number in NUMBERS),
        *({"service_request_id": 638344, "status": status} for status in STATUSES),
        *({"external_id": leg_id, "status": "open", "status_notes": note} for note in NOTES),
        {"external_id": leg_id},
        {"external_id": leg_id, "status": "open", "updated_datetime": "yesterday", "media_url": [], "lat": "x"},
        {"attributes": {"external_id": leg_id}, "status": "open"},
    ]
    forms: list[Any] = [{"data": row} for row in rows] + [rows[0], [rows[0]], {"data": [rows[0], rows[1]]}]
    answers = [await stage.hook(form, f"form{at}") for at, form in enumerate(forms)]
    assert [(each.status_code, each.json()["outcome"]) for each in answers] == [(200, "taken")] * len(forms)
    seen = (await stage.ask("student", "GET", f"/{request['id']}")).json()
    params = [entry["params"] for entry in seen["timeline"] if entry["code"] == "leg.remote_noted"]
    notes = [each["note"] for each in params if "note" in each]
    assert ("x" * 1999 + "…") in notes
    assert "one\ntwo" in notes
    assert "in progress" in [each.get("status") for each in params]
    shut = await stage.hook({"data": {"service_request_id": 638344, "status": "CLOSED"}}, "shut")
    assert shut.json()["outcome"] == "taken"
    assert (await stage.ask("student", "GET", f"/{request['id']}")).json()["stage"] == "resolved"


async def test_webhook_ids_are_compared_whole(stage: Stage) -> None:
    stage.repairs.takes(service_request_id="7")
    request = (await stage.file(category="repair.pest")).json()
    await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "acked")
    for word in ("one", "two", "two"):
        body = {"data": {"service_request_id": 7, "status": "open", "status_notes": word}}
        for mark in ("m" * 300 + word, f"msg:{word}"):
            answer = await stage.hook(body, mark)
            assert answer.json().get("outcome") == "taken", answer.text
    seen = (await stage.ask("student", "GET", f"/{request['id']}")).json()
    assert seen["legs"][0]["note"] == "two"
    assert [e["code"] for e in seen["timeline"]].count("leg.remote_noted") == 2


async def test_clocks_ring_once_however_many_replicas_look(stage: Stage) -> None:
    request = (await stage.file()).json()
    await stage.propose(request)
    await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "offered")
    stage.clock.moment += timedelta(hours=4)
    look: Callable[[], Awaitable[None]] = lambda: ring_due_clocks(stage.parts[Casework])  # noqa: E731
    await asyncio.gather(look(), look(), look())
    facts = await stage.told(request["id"], "leg.opened")
    assert facts.count("leg.expired") == 1
    stage.clock.moment += timedelta(days=8)
    await look()
    late = (await stage.ask("student", "GET", f"/{request['id']}")).json()
    assert (late["overdue"], late["legs"][0]["round"]) == (True, 2)
    page = (await stage.ask("desk", "GET", "/queue?overdue=true")).json()
    assert (len(page["items"]), page["counts"]["overdue"]) == (1, 1)


async def test_categories_are_listed(stage: Stage) -> None:
    rows = (await stage.ask("student", "GET", "/categories")).json()["items"]
    assert {row["lane"] for row in rows} == {"helper", "outside", "sealed"}
