"""A repair that is no longer wanted here is withdrawn outside, or shown to the desk, on the real broker and store."""

import asyncio
from typing import Any

import pytest

from services.requests.logistics.handlers.logistics import Logistics
from services.requests.logistics.handlers.sending import dispatch_leg
from services.requests.logistics.store.open311 import NoWithdrawals
from shared.bus.outcome import Done
from shared.clock import SystemClock
from shared.ids import new_id
from shared.store.document import Because
from tests.support.requests_stage import Stage, closed

pytestmark = pytest.mark.integration

Json = dict[str, Any]
TOLD = {"service_request_id": "311-1", "reason": "cancelled"}


async def repair(stage: Stage) -> Json:
    """A request that the outside system has taken under its number."""
    stage.repairs.takes(service_request_id="311-1")
    request = (await stage.file(category="repair.heat")).json()
    return await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "acked")


async def cancelled(stage: Stage, request: Json) -> Json:
    answer = await stage.ask("student", "POST", f"/{request['id']}/cancellation", {})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def until_withdrawal(stage: Stage, request: Json, state: str) -> Json:
    return await stage.until(request["id"], lambda seen: seen["legs"][0]["withdrawal"] == state)


async def codes(request: Json) -> list[str]:
    return [entry["code"] for entry in request["timeline"]]


async def open_outside(stage: Stage) -> tuple[list[str], int]:
    """What the desk's queue shows as still open outside, and how many it counts."""
    shown = (await stage.ask("desk", "GET", "/queue?needs=still_open_outside")).json()
    return [one["id"] for one in shown["items"]], shown["counts"]["still_open_outside"]


async def test_a_cancelled_repair_is_withdrawn_outside_and_its_end_there_is_heard(stage: Stage) -> None:
    request = await repair(stage)
    await cancelled(stage, request)
    seen = await until_withdrawal(stage, request, "told")
    leg = seen["legs"][0]
    key = f"{leg['id']}.withdrawn.numbered"
    assert stage.repairs.withdrawals == [{**TOLD, "external_id": leg["id"], "key": key}]
    assert (seen["stage"], seen["needs"], leg["withdrawn_at"] is not None) == ("cancelled", [], True)
    assert "leg.outside_told" in await codes(seen)
    hook = await stage.hook(closed(status_notes="报修方已撤回"))
    assert hook.json() == {"outcome": "taken", "code": None}
    over = await until_withdrawal(stage, request, "settled")
    assert (over["stage"], over["legs"][0]["note"]) == ("cancelled", "报修方已撤回")


async def test_a_system_that_is_away_is_told_when_it_is_back(stage: Stage) -> None:
    request = await repair(stage)
    stage.repairs.withdrawal_status = 503
    await cancelled(stage, request)
    for _ in range(200):
        if len(stage.repairs.withdrawals) >= 2:
            break
        await asyncio.sleep(0.05)
    waiting = (await stage.ask("student", "GET", f"/{request['id']}")).json()
    assert (waiting["legs"][0]["withdrawal"], waiting["needs"]) == ("pending", ["still_open_outside"])
    assert await open_outside(stage) == ([request["id"]], 1)
    stage.repairs.withdrawal_status = 200
    await until_withdrawal(stage, request, "told")
    assert len({told["key"] for told in stage.repairs.withdrawals}) == 1
    assert await open_outside(stage) == ([], 0)


async def test_somebody_who_called_meanwhile_writes_it_down_and_nobody_is_told_any_more(stage: Stage) -> None:
    request = await repair(stage)
    stage.repairs.withdrawal_status = 503
    leg_id = (await cancelled(stage, request))["legs"][0]["id"]
    path = f"/{request['id']}/legs/{leg_id}/outside-acknowledgement"
    done = await stage.ask("logistics", "POST", path, {"note": "called them"})
    assert (done.status_code, done.json()["needs"]) == (200, [])
    assert done.json()["legs"][0]["withdrawal"] == "settled"
    assert done.json()["requester_id"] is None
    stage.repairs.withdrawal_status = 200
    before = len(stage.repairs.withdrawals)
    await asyncio.sleep(2.5)
    assert len(stage.repairs.withdrawals) <= before + 1
    assert (await until_withdrawal(stage, request, "settled"))["needs"] == []


async def test_logistics_sees_what_it_may_settle_and_only_that(stage: Stage) -> None:
    request = await repair(stage)
    stage.repairs.withdrawal_status = 422
    assert (await stage.ask("logistics", "GET", f"/{request['id']}")).json()["may"] == []
    await cancelled(stage, request)
    await until_withdrawal(stage, request, "by_hand")
    shown = (await stage.ask("logistics", "GET", "/queue?needs=still_open_outside")).json()
    assert [(one["id"], one["may"], one["requester_id"]) for one in shown["items"]] == [
        (request["id"], ["acknowledge_outside"], None)
    ]
    assert shown["counts"]["still_open_outside"] == 1
    wish = (await stage.file(category="wish.errand")).json()
    path = f"/{wish['id']}/legs/{wish['legs'][0]['id']}/outside-acknowledgement"
    assert (await stage.ask("logistics", "POST", path, {"note": "me"})).json()["code"] == "auth.not_yours"


async def test_what_the_system_refuses_stays_with_the_desk_until_the_desk_has_called(stage: Stage) -> None:
    request = await repair(stage)
    stage.repairs.withdrawal_status = 422
    await cancelled(stage, request)
    seen = await until_withdrawal(stage, request, "by_hand")
    assert (seen["stage"], seen["needs"]) == ("cancelled", ["still_open_outside"])
    assert await open_outside(stage) == ([request["id"]], 1)
    path = f"/{request['id']}/legs/{seen['legs'][0]['id']}/outside-acknowledgement"
    assert (await stage.ask("student", "POST", path, {"note": "I"})).status_code == 403
    assert (await stage.ask("desk", "POST", path, {"note": ""})).status_code == 422
    for _ in range(2):
        done = await stage.ask("desk", "POST", path, {"note": "called Ms Li"})
        assert (done.status_code, done.json()["needs"]) == (200, [])
    other = await stage.ask("desk", "POST", path, {"note": "called Mr Wu"})
    assert (other.status_code, other.json()["code"]) == (409, "leg.wrong_state")
    assert await open_outside(stage) == ([], 0)
    assert (await codes(done.json())).count("leg.outside_acknowledged") == 1


async def test_what_the_system_closes_itself_leaves_the_desk_nothing_to_do(stage: Stage) -> None:
    request = await repair(stage)
    stage.repairs.withdrawal_status = 400
    await cancelled(stage, request)
    await until_withdrawal(stage, request, "by_hand")
    assert (await stage.hook(closed())).json()["outcome"] == "taken"
    assert (await until_withdrawal(stage, request, "settled"))["needs"] == []


async def test_a_campus_without_an_address_for_withdrawals_asks_the_desk(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell(_: object, notice: Any) -> Any:
        return await NoWithdrawals().tell(notice)

    monkeypatch.setattr("services.requests.logistics.store.open311.SignedWithdrawals.tell", tell)
    request = await repair(stage)
    await cancelled(stage, request)
    assert (await until_withdrawal(stage, request, "by_hand"))["needs"] == ["still_open_outside"]


async def test_a_leg_that_the_desk_gives_up_is_withdrawn_though_the_request_goes_on(stage: Stage) -> None:
    request = await repair(stage)
    path = f"/{request['id']}/legs/{request['legs'][0]['id']}/withdrawal"
    assert (await stage.ask("desk", "POST", path, {"reason": "done by us"})).status_code == 200
    await until_withdrawal(stage, request, "told")
    assert stage.repairs.withdrawals[0]["reason"] == "withdrawn"


async def test_a_number_that_comes_after_the_end_is_kept_and_withdrawn(stage: Stage) -> None:
    """The leg is dropped while its order is on its way: the system knows it only afterwards."""
    arrived, go_on = asyncio.Event(), asyncio.Event()
    send = stage.parts[Logistics].outside.send
    order: Any = None

    async def send_slowly(told: Any) -> Any:
        nonlocal order
        order = told
        arrived.set()
        await go_on.wait()
        stage.repairs.withdrawal_status = 200
        return await send(told)

    stage.parts[Logistics].outside.send = send_slowly
    stage.repairs.takes(service_request_id="311-1")
    stage.repairs.withdrawal_status = 404
    request = (await stage.file(category="repair.heat")).json()
    await asyncio.wait_for(arrived.wait(), 10)
    await cancelled(stage, request)
    await until_withdrawal(stage, request, "settled")
    go_on.set()
    seen = await until_withdrawal(stage, request, "told")
    assert (seen["stage"], seen["legs"][0]["remote_id"]) == ("cancelled", "311-1")
    assert [told["service_request_id"] for told in stage.repairs.withdrawals] == [None, "311-1"]
    assert order.leg_id == seen["legs"][0]["id"]


async def test_a_dispatch_that_finds_its_leg_dropped_withdraws_what_it_may_have_sent(stage: Stage) -> None:
    """The process ended after sending and before writing it down: what is heard again finds the leg dropped."""
    stage.repairs.withdrawal_status = 404
    request = (await stage.file(category="repair.heat")).json()
    await cancelled(stage, request)
    settled = await until_withdrawal(stage, request, "settled")
    assert settled["needs"] == []
    stage.repairs.withdrawal_status = 200
    because = Because.command("requests", new_id(), SystemClock().now(), correlation=request["id"])
    outcome = await dispatch_leg(stage.parts[Logistics], request["id"], settled["legs"][0]["id"], because)
    assert outcome == Done()
    assert (await until_withdrawal(stage, request, "told"))["stage"] == "cancelled"
