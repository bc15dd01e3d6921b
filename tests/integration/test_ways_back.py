"""No assignment without a way back, on the real broker and store: handed back, taken back, asked about, left behind."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.requests.casework.handlers.casework import Casework
from services.requests.clocks.handlers import ring_due_clocks
from services.requests.legs.handlers import let_go_if_unfit
from shared.contracts.members import PersonChanged, PersonDeparted, Role
from tests.support.requests_stage import ROOM, Stage

pytestmark = pytest.mark.integration

Json = dict[str, Any]


async def taken(stage: Stage, helper: str = "helper", **form: Any) -> tuple[Json, str]:
    """A request whose leg was proposed, offered and accepted; and the path of that leg."""
    request = (await stage.file(**form)).json()
    await stage.propose(request, helper)
    await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "offered")
    path = f"/{request['id']}/legs/{request['legs'][0]['id']}"
    answer = await stage.ask(helper, "POST", f"{path}/acceptance")
    assert answer.status_code == 200, answer.text
    return answer.json(), path


async def left(stage: Stage, person: str, version: int = 5) -> None:
    await stage.hear(PersonDeparted(person_id=person), version)


async def changed(stage: Stage, person: str, *roles: Role, version: int = 4) -> None:
    home = ROOM if person == "student" else "east.b3.f2.r201"
    told = {"place": home, "unit_ids": (), "party_member": False, "reachable": True}
    await stage.hear(PersonChanged(person_id=person, roles=roles, **told), version)


async def test_a_helper_hands_back_and_the_desk_gives_the_leg_to_another(stage: Stage) -> None:
    request, leg = await taken(stage)
    refused = await stage.ask("helper", "POST", f"{leg}/decline", {})
    assert (refused.status_code, refused.json()["code"]) == (422, "leg.reason_missing")
    back = await stage.ask("helper", "POST", f"{leg}/release", {"reason": "exam"})
    assert (back.json()["stage"], back.json()["legs"][0]["state"]) == ("matching", "open")
    assert (await stage.ask("helper", "GET", f"/{request['id']}")).status_code == 403
    assert (await stage.ask("helper", "GET", "/my-legs?state=all")).json()["items"] == []
    given = await stage.ask("desk", "POST", f"{leg}/assignment", {"helper_id": "volunteer"})
    assert given.json()["legs"][0]["helper_id"] == "volunteer"
    for step in ("acceptance", "start"):
        assert (await stage.ask("volunteer", "POST", f"{leg}/{step}")).status_code == 200
    again = await stage.ask("desk", "POST", f"{leg}/assignment", {"helper_id": "helper"})
    assert (again.json()["stage"], again.json()["legs"][0]["state"]) == ("matching", "offered")
    late = await stage.ask("volunteer", "POST", f"{leg}/completion", {})
    assert late.json()["code"] == "auth.not_yours"
    assert (await stage.told(request["id"], "leg.offered")).count("leg.released") == 2


async def test_the_desk_gives_up_what_nobody_does_any_more_and_the_request_resolves(stage: Stage) -> None:
    request, leg = await taken(stage)
    both = (await stage.ask("desk", "POST", f"/{request['id']}/legs", {"kind": "helper"})).json()
    second = f"/{request['id']}/legs/{both['legs'][1]['id']}"
    await stage.ask("desk", "POST", f"{second}/assignment", {"helper_id": "volunteer"})
    for step, body in (("acceptance", None), ("start", None), ("completion", {})):
        answer = await stage.ask("volunteer", "POST", f"{second}/{step}", body)
    assert answer.json()["stage"] == "in_progress"
    for who, code in (("student", "auth.forbidden"), ("helper", "auth.forbidden")):
        refused = await stage.ask(who, "POST", f"{leg}/withdrawal", {"reason": "done"})
        assert refused.json()["code"] == code
    ended = await stage.ask("desk", "POST", f"{leg}/withdrawal", {"reason": "the other did it"})
    assert (ended.json()["stage"], ended.json()["needs"]) == ("resolved", [])
    solved = await stage.ask("student", "POST", f"/{request['id']}/confirmation", {"solved": True})
    assert solved.json()["stage"] == "closed_confirmed"


@pytest.mark.parametrize(
    ("helper", "code"),
    [("student", "leg.helper_excluded"), ("named", "leg.not_a_helper"), ("leader", "leg.not_a_helper")],
)
async def test_only_helpers_and_the_desk_are_given_legs(stage: Stage, helper: str, code: str) -> None:
    request = (await stage.file("desk", requester_id="student")).json()
    path = f"/{request['id']}/legs/{request['legs'][0]['id']}/assignment"
    answer = await stage.ask("desk", "POST", path, {"helper_id": helper})
    assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_a_helper_who_rests_is_asked_and_loses_the_leg(stage: Stage) -> None:
    request, _ = await taken(stage)
    for state, nudged in (("accepted", True), ("open", False)):
        stage.clock.moment += timedelta(hours=25)
        await ring_due_clocks(stage.parts[Casework])
        leg = (await stage.ask("student", "GET", f"/{request['id']}")).json()["legs"][0]
        assert (leg["state"], leg["nudged_at"] is not None) == (state, nudged)


async def test_the_desk_finds_what_makes_no_progress(stage: Stage) -> None:
    request, leg = await taken(stage)
    await stage.ask("helper", "POST", f"{leg}/start")
    for _ in range(2):
        stage.clock.moment += timedelta(days=3, hours=1)
        await ring_due_clocks(stage.parts[Casework])
    page = (await stage.ask("desk", "GET", "/queue?needs=no_update")).json()
    assert ([row["id"] for row in page["items"]], page["counts"]["no_update"]) == ([request["id"]], 1)
    told = await stage.ask("helper", "POST", f"{leg}/progress", {"note": "on Saturday"})
    assert (told.json()["needs"], told.json()["timeline"][-1]["code"]) == ([], "leg.reported")


async def test_whoever_leaves_loses_every_open_leg_and_keeps_what_is_served(stage: Stage) -> None:
    served, leg = await taken(stage)
    await stage.ask("helper", "POST", f"{leg}/start")
    await stage.ask("helper", "POST", f"{leg}/completion", {})
    accepted, _ = await taken(stage)
    offered = (await stage.file()).json()
    await stage.propose(offered)
    await stage.until(offered["id"], lambda seen: seen["legs"][0]["state"] == "offered")
    await left(stage, "helper")
    for one in (accepted, offered):
        seen = await stage.until(one["id"], lambda seen: seen["legs"][0]["state"] == "open")
        assert (seen["legs"][0]["helper_id"], seen["timeline"][-1]["code"]) == (None, "leg.departed")
        assert (await stage.told(one["id"], "leg.opened"))[-2:] == ["leg.released", "leg.opened"]
    kept = (await stage.ask("student", "GET", f"/{served['id']}")).json()
    assert (kept["stage"], kept["legs"][0]["helper_id"]) == ("resolved", "helper")


async def test_a_departure_that_is_told_twice_or_late_changes_nothing_more(stage: Stage) -> None:
    request, leg = await taken(stage)
    await left(stage, "helper")
    gone = await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "open")
    await changed(stage, "helper", Role.HELPER, version=6)
    await _until_helper(stage, here=True)
    given = await stage.ask("desk", "POST", f"{leg}/assignment", {"helper_id": "helper"})
    assert given.status_code == 200, given.text
    await left(stage, "helper")  # the old news once more: they are back since
    await changed(stage, "student", Role.STUDENT, version=9)
    await asyncio.sleep(0.5)
    seen = (await stage.ask("student", "GET", f"/{request['id']}")).json()
    assert (seen["legs"][0]["state"], seen["legs"][0]["helper_id"]) == ("offered", "helper")
    assert gone["version"] < seen["version"]


async def test_a_late_proposal_of_somebody_who_left_is_passed_over(stage: Stage) -> None:
    await left(stage, "helper")
    await _until_helper(stage, here=False)
    request = (await stage.file()).json()
    await stage.propose(request)
    seen = await stage.until(request["id"], lambda seen: seen["legs"][0]["round"] == 2)
    assert (seen["legs"][0]["state"], seen["legs"][0]["helper_id"]) == ("open", None)
    path = f"/{request['id']}/legs/{request['legs'][0]['id']}/assignment"
    refused = await stage.ask("desk", "POST", path, {"helper_id": "helper"})
    assert (refused.status_code, refused.json()["code"]) == (422, "leg.unknown_helper")


async def test_whoever_was_given_a_leg_while_their_leaving_was_heard_loses_it(stage: Stage) -> None:
    request, _ = await taken(stage)
    people = stage.parts[Casework].directory._people
    await people.update_one({"_id": "helper"}, {"$set": {"departed": True}})
    await let_go_if_unfit(stage.parts[Casework], request["id"], "helper", "after:offer")
    await let_go_if_unfit(stage.parts[Casework], request["id"], "stranger", "after:offer")
    seen = (await stage.ask("student", "GET", f"/{request['id']}")).json()
    assert seen["legs"][0]["state"] == "open"


async def test_whoever_is_no_helper_any_more_loses_the_leg_but_the_desk_keeps_its_own(stage: Stage) -> None:
    request, _ = await taken(stage)
    own = (await stage.file("desk", requester_id="student")).json()
    path = f"/{own['id']}/legs/{own['legs'][0]['id']}"
    assert (await stage.ask("desk", "POST", f"{path}/assignment", {"helper_id": "desk"})).status_code == 200
    await changed(stage, "desk", Role.DESK)
    await changed(stage, "helper", Role.STUDENT)
    seen = await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "open")
    assert seen["timeline"][-1]["code"] == "leg.no_helper"
    assert (await stage.ask("desk", "GET", f"/{own['id']}")).json()["legs"][0]["helper_id"] == "desk"
    await changed(stage, "desk", Role.STUDENT, version=6)
    told = await stage.until(own["id"], lambda seen: seen["legs"][0]["state"] == "open")
    assert told["needs"] == ["coordinator"]


async def test_the_desk_hears_whose_requester_has_left(stage: Stage) -> None:
    request, _ = await taken(stage)
    await left(stage, "student")
    seen = await stage.until(request["id"], lambda seen: seen["needs"] == ["requester_left"])
    page = (await stage.ask("desk", "GET", "/queue?needs=requester_left")).json()
    assert [row["id"] for row in page["items"]] == [request["id"]]
    assert "cancel" in page["items"][0]["may"]
    await changed(stage, "student", Role.STUDENT, version=6)
    back = await stage.until(request["id"], lambda seen: seen["needs"] == [])
    assert back["version"] > seen["version"]


async def _until_helper(stage: Stage, *, here: bool) -> None:
    for _ in range(200):
        if (await stage.parts[Casework].directory.resident("helper") is not None) == here:
            return
        await asyncio.sleep(0.05)
    pytest.fail("never heard")
