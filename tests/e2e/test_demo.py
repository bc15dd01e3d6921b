"""The demo on a real stack: seeding repeats harmlessly, the repairs may go down, the audit finds what is wrong."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pymongo import MongoClient

from deploy.demo.audit import Audit, Findings
from deploy.demo.campus import PASSWORD, campus
from deploy.demo.flow import Flow, Plan, cast_of, run
from deploy.demo.loop import complaints, report, settings_in
from deploy.demo.people import Town
from deploy.demo.seed import seed
from deploy.local.stack import Stack, running
from deploy.nats.topology import STREAM
from tests.support.streams import stream_of

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PLAN = Plan(requests=60, at_once=12, gatherings=1, run="e2e")
KEYS = [
    "filed",
    "legs",
    "closed_confirmed",
    "closed_unconfirmed",
    "cancelled",
    "open",
    "dispatched_outside",
    "points_entries",
    "events",
    "lost",
    "applied_twice",
    "loops_per_s",
    "filed_to_row_p50_ms",
    "filed_to_row_p99_ms",
]


@dataclass
class World:
    stack: Stack
    town: Town
    flow: Flow


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    with tempfile.TemporaryDirectory(prefix="yizhan-e2e-", ignore_cleanup_errors=True) as directory:
        async with running(settings_in(Path(directory))) as stack:
            town = Town(stack.origin, PASSWORD)
            await seed(town, campus())
            yield World(stack, town, Flow(await cast_of(town)))
            await town.close()


async def look(world: World) -> Findings:
    return await Audit(world.flow.cast, world.flow.endings, world.flow.gatherings).look()


def collection(world: World, service: str, name: str) -> Any:
    client: MongoClient[dict[str, Any]] = MongoClient(world.stack.urls["mongo"])
    return client[f"yizhan_{service}"][name]


async def test_seeding_again_changes_nothing(world: World) -> None:
    said = await seed(world.town, campus())
    for what in ("places", "units", "people"):
        assert (said[what]["created"], said[what]["updated"]) == (0, 0)
    assert (said["duty_areas"], said["activities"]) == (0, 0)


async def test_the_board_shows_who_answers_for_which_rooms(world: World) -> None:
    lived_in = {str(person.place) for person in campus().people if person.place and person.place.count(".") == 3}
    covered = {place for area in campus().duty_areas for place in area.places}
    expected = sum(1 for room in lived_in if room.rpartition(".")[0] in covered)
    leader = world.town.someone("leader1")

    async def shown() -> tuple[int, int]:
        figures = (await leader.get("/api/reporting/boards/community"))["figures"]
        return next((one["numerator"], one["denominator"]) for one in figures if one["id"] == "coverage")

    for _ in range(40):
        if await shown() == (expected, len(lived_in)):
            break
        await asyncio.sleep(0.25)
    assert await shown() == (expected, len(lived_in))


async def test_the_loop_closes_though_the_repair_system_goes_down_meanwhile(world: World) -> None:
    repairs = world.stack.server("repairs").address
    async with httpx.AsyncClient(base_url=repairs, trust_env=False) as staff, asyncio.TaskGroup() as tasks:
        await staff.post("/admin/down")
        flowing = tasks.create_task(run(world.town, PLAN, flow=world.flow))
        await asyncio.sleep(4)
        waiting = sum(1 for ending in world.flow.endings if ending.view["category"].startswith("repair."))
        await staff.post("/admin/up")
        await flowing
    findings = await Audit(world.flow.cast, world.flow.endings, world.flow.gatherings).settle(30)
    said = report(world.flow, findings)
    assert waiting > 0
    assert complaints(PLAN, world.flow, findings) == []
    assert list(said) == KEYS
    assert (said["filed"], said["open"]) == (PLAN.filings, 0)
    assert said["dispatched_outside"] > 0
    assert said["points_entries"] > len(world.flow.gatherings[0].attended) > 0


async def test_the_audit_finds_points_that_were_entered_twice_and_points_that_are_gone(world: World) -> None:
    sheets = collection(world, "members", "points")
    sheet = sheets.find_one({"state.entries.source": "leg", "state.undone_at": None, "state.entries": {"$size": 1}})
    entry = sheet["state"]["entries"][0]
    sheets.update_one({"_id": sheet["_id"]}, {"$push": {"state.entries": {**entry, "id": "again"}}})
    twice = (await look(world)).twice
    sheets.update_one({"_id": sheet["_id"]}, {"$set": {"state.entries": []}})
    lost = (await look(world)).lost
    sheets.replace_one({"_id": sheet["_id"]}, sheet)
    assert len(twice) == len(lost) == 1
    assert entry["source_id"] in twice[0]
    assert entry["source_id"] in lost[0]
    assert (await look(world)).good


async def test_the_audit_finds_a_request_that_nobody_filed(world: World) -> None:
    student = world.town.someone(world.flow.endings[0].requester)
    body = {"category": "wish.other", "title": "再来一次", "text": "", "place": "east.b1"}
    view = await student.post("/api/requests", body, key="nobody-knows-of-this")
    findings = await look(world)
    assert any(view["id"] in said for said in findings.twice)
    assert findings.disagrees


async def test_the_audit_finds_a_request_that_is_gone(world: World) -> None:
    gone = world.flow.endings[1].request_id
    collection(world, "requests", "requests").delete_one({"_id": gone})
    findings = await look(world)
    assert any(gone in said for said in findings.lost)
    assert complaints(PLAN, world.flow, findings)


async def test_every_event_of_the_whole_stream_is_a_cloudevent_with_an_id_of_its_own(world: World) -> None:
    told: set[tuple[str, str]] = set()
    async with stream_of(world.stack) as stream:
        state = (await stream.stream_info(STREAM)).state
        for number in range(state.first_seq, state.last_seq + 1):
            raw = (await stream.get_msg(STREAM, number)).data
            event = JSONFormat().read(CloudEvent, raw)
            assert event.get_specversion() == "1.0"
            named = (event.get_source(), event.get_id())
            assert named not in told, f"two events of one id: {raw!r}"
            told.add(named)
    assert len(told) == state.messages > PLAN.requests * 5
