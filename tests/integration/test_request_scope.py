"""Desks, counsellors and logistics of one building learn nothing of another: by no list, by no id, by no command."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from pymongo import MongoClient

from services.requests.casework.domain.permissions import sees
from services.requests.casework.domain.request import Caller, Request
from services.requests.casework.domain.search import keys_of
from services.requests.casework.handlers.casework import Casework
from services.requests.casework.store import INDEXES
from services.requests.queue.domain import QueueFilter
from services.requests.queue.queries import count_queue, list_queue
from shared.contracts.members import PersonChanged, PlaceAdded, PlaceType, Role, UnitFormed
from shared.contracts.stages import ENDED
from shared.contracts.stages import Stage as Phase
from shared.ids import derive_id, new_id
from shared.keyset import PageQuery
from shared.store.aggregates import KEYS_INDEX, MongoDocuments
from shared.store.document import Because
from shared.store.mongo import Database
from tests.support import requests_domain as cast
from tests.support.requests_stage import ROOM, Stage, closed

pytestmark = pytest.mark.integration

Json = dict[str, Any]
NOT_YOURS = (403, "auth.not_yours")
OTHER_ROOM = "east.b4.f1.r101"


async def queue(stage: Stage, who: str, query: str = "") -> tuple[list[str], int]:
    answer = await stage.ask(who, "GET", f"/queue{query}")
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["items"]], answer.json()["counts"]["total"]


async def learnt(stage: Stage, place: str) -> None:
    await stage.hear(PlaceAdded(place_id=place, type=PlaceType.ROOM, name=place, capacity=4))
    await until(lambda: stage.parts[Casework].directory.knows_place(place))


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(400):
        if await holds():
            return
        await asyncio.sleep(0.05)
    pytest.fail("never came true")


async def test_two_desks_in_two_buildings_see_and_handle_each_their_own(stage: Stage) -> None:
    await learnt(stage, OTHER_ROOM)
    here = (await stage.file(category="wish.company", title="陪我去医院")).json()["id"]
    there = (await stage.file("neighbour", category="wish.company", title="陪我去银行", place=OTHER_ROOM)).json()["id"]
    for who, shows, not_seen in (
        ("desk", [there, here], None),
        ("desk4", [there], here),
        ("counsellor4", [there], here),
    ):
        for query in ("", "?q=%E9%99%AA", "?stage=matching", "?kind=wish&category=wish.company"):
            assert sorted((await queue(stage, who, query))[0]) == sorted(shows), (who, query)
        assert (await queue(stage, who))[1] == len(shows)
        if not_seen is None:
            continue
        assert (await queue(stage, who, f"?q={not_seen}"))[0] == []
        assert (await queue(stage, who, "?building=east.b3"))[0] == []
        shown = await stage.ask(who, "GET", f"/{not_seen}")
        assert (shown.status_code, shown.json()["code"]) == NOT_YOURS
        similar = await stage.ask(who, "GET", f"/similar?category=wish.errand&place={ROOM}")
        assert similar.json() == {"items": [], "more": False}


async def test_no_command_of_a_desk_elsewhere_is_taken(stage: Stage) -> None:
    request = (await stage.file(category="repair.pest")).json()
    leg = f"/{request['id']}/legs/{request['legs'][0]['id']}"
    commands: dict[str, Json] = {
        f"/{request['id']}/triage": {"urgent": True},
        f"/{request['id']}/rejection": {"reason": "no", "alternative": "else"},
        f"/{request['id']}/hold": {"reason": "wait", "for_requester": False},
        f"/{request['id']}/resumption": {},
        f"/{request['id']}/contact": {"note": "called"},
        f"/{request['id']}/legs": {"kind": "helper"},
        f"/{request['id']}/cancellation": {},
        f"/{request['id']}/reopening": {"reason": "again"},
        f"{leg}/assignment": {"helper_id": "mate"},
        f"{leg}/withdrawal": {"reason": "enough"},
        f"{leg}/release": {"reason": "enough"},
        f"{leg}/outside-acknowledgement": {"note": "called"},
    }
    for path, body in commands.items():
        for who in ("desk4", "counsellor4"):
            answer = await stage.ask(who, "POST", path, body)
            assert (answer.status_code, answer.json()["code"]) == NOT_YOURS, (who, path)
    held = await stage.ask("desk", "POST", f"/{request['id']}/hold", {"reason": "wait", "for_requester": False})
    assert held.status_code == 200


async def test_a_counsellor_works_for_the_people_of_their_units_wherever_these_live(stage: Stage) -> None:
    stage.units.update(counsellor4=("branch",), student=("group",))
    early = (await stage.file(category="wish.company")).json()["id"]
    for unit, parent in (("group", "branch"), ("branch", "general"), ("general", None)):
        await stage.hear(UnitFormed(unit_id=unit, type="group", name=unit, parent_id=parent))
    told = PersonChanged(
        person_id="student", roles=(Role.STUDENT,), place=ROOM, unit_ids=("group",), party_member=False, reachable=True
    )
    await stage.hear(told, version=2)
    casework = stage.parts[Casework]

    async def is_heard() -> bool:
        return await casework.directory.belongs("student", ()) == ("group", "branch", "general")

    await until(is_heard)
    late = (await stage.file(category="wish.company")).json()["id"]
    by_desk = (await stage.file("desk", category="wish.company", requester_id="student")).json()["id"]
    assert (await stage.ask("counsellor4", "GET", f"/{late}")).status_code == 200

    async def are_completed() -> bool:  # what was filed before the units were heard of is completed by a sweep
        return (await queue(stage, "counsellor4"))[1] == 3

    await until(are_completed)
    assert sorted((await queue(stage, "counsellor4"))[0]) == sorted([early, late, by_desk])
    assert (await queue(stage, "desk4")) == ([], 0)
    stage.units["counsellor4"] = ("another",)
    assert (await queue(stage, "counsellor4")) == ([], 0)


async def test_logistics_of_another_building_learns_of_nothing_that_went_outside(stage: Stage) -> None:
    stage.repairs.takes(service_request_id="7")
    request = (await stage.file(category="repair.pest")).json()
    await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "acked")
    leg_id = request["legs"][0]["id"]
    assert (await queue(stage, "logistics")) == ([request["id"]], 1)
    assert (await queue(stage, "logistics4")) == ([], 0)
    shown = await stage.ask("logistics4", "GET", f"/{request['id']}")
    assert (shown.status_code, shown.json()["code"]) == NOT_YOURS
    both = [closed("nobody")["data"], {**closed("8")["data"], "external_id": leg_id}]
    assert (await stage.hook(both, "w1")).json()["outcome"] == "kept"
    for who, count in (("desk", 2), ("logistics", 2), ("desk4", 0), ("logistics4", 0)):
        page = (await stage.ask(who, "GET", "/outside-news")).json()
        assert (len(page["items"]), page["waiting"]) == (count, count), who
    news = (await stage.ask("desk", "GET", "/outside-news")).json()["items"]
    assert all(("nobody" in one["text"]) is (one["number"] == "nobody") for one in news), "each row by itself"
    for one in news:
        settled = await stage.ask("logistics4", "POST", f"/outside-news/{one['id']}/settlement")
        assert (settled.status_code, settled.json()["code"]) == (404, "outside_news.not_found")
        assert (await stage.ask("desk", "POST", f"/outside-news/{one['id']}/settlement")).status_code == 200


async def test_who_filed_something_sealed_for_somebody_learns_nothing_of_what_becomes_of_it(stage: Stage) -> None:
    key = new_id()
    filed = await stage.file("desk", key, category="counsel.talk", requester_id="student", place=ROOM)
    assert filed.status_code == 201
    request = filed.json()
    assign = f"/{request['id']}/legs/{request['legs'][0]['id']}/assignment"
    assert (await stage.ask("named", "POST", assign, {"helper_id": "named"})).status_code == 200
    again = await stage.file("desk", key, category="counsel.talk", requester_id="student", place=ROOM)
    assert again.status_code == 200
    assert {**again.json(), "may": []} == {**request, "may": []}
    for who in ("desk", "counsellor", "leader", "desk4"):
        shown = await stage.ask(who, "GET", f"/{request['id']}")
        assert (shown.status_code, shown.json()["code"]) == NOT_YOURS


async def test_a_desk_may_file_for_somebody_elsewhere_and_sees_no_more_of_it(stage: Stage) -> None:
    filed = await stage.file("desk4", category="wish.company", requester_id="student")
    assert filed.status_code == 201
    assert (await queue(stage, "desk4")) == ([], 0)
    assert (await queue(stage, "desk"))[1] == 1


SIZES, PAGE = (60, 600, 6_000), 20
STAGES = (Phase.MATCHING, Phase.IN_PROGRESS, Phase.CLOSED_CONFIRMED, Phase.CLOSED_CONFIRMED, Phase.CANCELLED)
CALLERS = {
    "desk": Caller("desk", frozenset({Role.DESK}), ("east.b3",)),
    "floors": Caller("floors", frozenset({Role.DESK}), ("east.b3.f1", "east.b5.f2")),
    "counsellor": Caller("counsellor", frozenset({Role.COUNSELLOR}), ("east.b3",), ("branch2", "branch4")),
    "logistics": Caller("logistics", frozenset({Role.LOGISTICS}), ("east.b3",)),
    "reader": Caller("reader", frozenset({Role.SEALED_READER, Role.COUNSELLOR}), ("east.b3",)),
    "nowhere": Caller("nowhere", frozenset({Role.DESK})),
}
QUESTIONS = (QueueFilter(), QueueFilter(stage=[Phase.CLOSED_CONFIRMED]), QueueFilter(building="east.b3"))


def history(start: int, end: int) -> list[Request]:
    """Requests of ten buildings and five units, a tenth of them sealed; two of five are open."""
    begin = datetime(2026, 9, 1, tzinfo=UTC)
    return [
        replace(
            cast.filed(
                "counsel.talk" if at % 10 == 9 else "repair.pest" if at % 10 == 3 else "wish.company",
                id=derive_id("scoped", str(at)),
                place=f"east.b{at % 10}.f{at % 3}.r{at % 40}",
                units=(f"branch{at % 5}", "general"),
            ),
            stage=STAGES[at % len(STAGES)],
            building=f"east.b{at % 10}",
            filed_at=begin + timedelta(seconds=at),
        )
        for at in range(start, end)
    ]


class _Room:
    """What a list needs, with the filters that it asked for."""

    def __init__(self, documents: MongoDocuments[Request], caller: Caller) -> None:
        self.documents = self
        self.directory: Any = None
        self._documents = documents
        self._caller = caller
        self.asked: list[tuple[Any, Any, int]] = []

    def caller(self, _: object) -> Caller:
        return self._caller

    def ask(self, _: object) -> Any:
        return cast.by(self._caller)

    async def select(self, where: Any, *, sort: Any, limit: int) -> Any:
        self.asked.append((where, sort, limit))
        return await self._documents.select(where, sort=sort, limit=limit)


async def test_a_page_of_a_scoped_queue_costs_the_same_among_a_hundred_times_the_requests(mongodb_uri: str) -> None:
    database = Database.at(mongodb_uri, f"scoped_{new_id()[:8]}")
    collection = database.collection("requests")
    for index in (*INDEXES, KEYS_INDEX):
        await collection.ensure_index(index)
    documents = MongoDocuments(collection, Request, source="/r", offer=lambda _: None, keys=keys_of)
    raw: Any = MongoClient(mongodb_uri)[database.name]
    because = Because.command("student", "key", datetime(2026, 9, 1, tzinfo=UTC))
    known = 0
    for size in SIZES:
        crowd = history(known, size)
        for at in range(0, len(crowd), 1_000):
            await asyncio.gather(*(documents.create(one.id, one, [], because) for one in crowd[at : at + 1_000]))
        known = size
        for who, caller in CALLERS.items():
            for wanted in QUESTIONS:
                room: Any = _Room(documents, caller)
                page = await list_queue(room, caller, wanted, PageQuery(None, PAGE))  # type: ignore[arg-type]
                for where, sort, limit in room.asked:
                    find = {"find": "requests", "filter": where, "sort": dict(sort), "limit": limit}
                    plan = raw.command("explain", find, verbosity="executionStats")
                    stats, ways = plan["executionStats"], str(plan["queryPlanner"]["winningPlan"])
                    assert ("COLLSCAN" in ways, "'SORT'" in ways) == (False, False), (who, wanted, ways)
                    assert stats["totalDocsExamined"] <= 6 * (PAGE + 1) + 60, (size, who, wanted, stats)
                    assert stats["nReturned"] == len(page.items) + (page.next_cursor is not None)
            counts = await count_queue(_Room(documents, caller), collection, caller)  # type: ignore[arg-type]
            assert counts["total"] == sum(sees(one, caller) for one in history(0, size) if one.stage not in ENDED), who
    await database.drop()
