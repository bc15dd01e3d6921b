"""The desk's search: by number, words, place and person; by those who may; at the same cost among a hundred times."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from pymongo import MongoClient

from services.requests.casework.domain.request import Caller, Request
from services.requests.casework.domain.search import asked_for, keys_of, words_of
from services.requests.casework.handlers.casework import Casework
from services.requests.casework.store import INDEXES, NEWEST_FIRST, visible
from services.requests.directory.store import WORDS_INDEX, Belonging, Directory
from services.requests.queue.store import found_by
from shared.contracts.event import Event
from shared.contracts.members import PlaceAdded, PlaceType, Role
from shared.contracts.stages import Stage as Phase
from shared.contracts.stages import Visibility
from shared.ids import derive_id, new_id
from shared.store.aggregates import KEYS_INDEX, MongoDocuments
from shared.store.document import Because
from shared.store.mongo import Database
from tests.support import requests_domain as cast
from tests.support.requests_stage import ROOM, Stage

pytestmark = pytest.mark.integration

NOW = datetime(2026, 9, 1, tzinfo=UTC)
BECAUSE = Because.command("student", "key", NOW)


async def found(stage: Stage, who: str, **query: Any) -> list[str]:
    answer = await stage.ask(who, "GET", f"/queue?{httpx.QueryParams(query)}")
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["items"]]


async def named_place(stage: Stage, place: str, name: str) -> None:
    await stage.hear(PlaceAdded(place_id=place, type=PlaceType.BUILDING, name=name, capacity=None))
    for _ in range(400):
        if await stage.parts[Casework].directory.knows_place(place):
            return
        await asyncio.sleep(0.05)
    pytest.fail("never heard of it")


async def test_the_desk_finds_by_number_title_place_and_person(stage: Stage) -> None:
    await named_place(stage, "east.b3", "雁塔 3号楼")
    filed = (await stage.file(title="The Door is broken 门坏了")).json()
    other = (await stage.file("neighbour", title="买药", requester_id=None)).json()
    for q in (filed["number"], filed["number"][5:].lower(), "door", "门坏", "2023-student", "student", filed["id"]):
        assert await found(stage, "desk", q=q) == [filed["id"]], q
    for q in (ROOM, "407", "雁塔", "3号楼 r407", "yizhan-nothing"):
        expected = [] if q == "yizhan-nothing" else sorted((filed["id"], other["id"]))
        assert sorted(await found(stage, "desk", q=q)) == expected, q
    assert await found(stage, "desk", person="student") == [filed["id"]]
    assert await found(stage, "desk", q="冒烟", person="student") == [filed["id"]]
    assert await found(stage, "desk", person="mate") == []
    many = "&".join(f"person=p{at}" for at in range(21))
    assert (await stage.ask("desk", "GET", f"/queue?{many}")).status_code == 422


async def test_an_account_name_is_for_finding_only(stage: Stage) -> None:
    filed = (await stage.file()).json()
    seen = await stage.ask("desk", "GET", f"/{filed['id']}")
    queue = await stage.ask("desk", "GET", "/queue")
    assert "2023-student" not in seen.text + queue.text
    assert await found(stage, "desk", q="2023-student") == [filed["id"]]


async def test_what_is_filed_for_somebody_is_found_by_their_id_and_not_by_the_desks_account(stage: Stage) -> None:
    filed = (await stage.file("desk", requester_id="student")).json()
    assert await found(stage, "desk", q="student") == [filed["id"]]
    assert await found(stage, "desk", q="2023-desk") == []


async def test_who_sees_no_names_finds_nobody_by_name(stage: Stage) -> None:
    filed = (await stage.file(category="repair.heat", title="暖气不热", visibility="masked")).json()
    for who in ("leader", "logistics"):
        assert await found(stage, who, q="暖气") == [filed["id"]]
        for q in ("student", "2023-student", "2023"):
            assert await found(stage, who, q=q) == [], (who, q)
        answer = await stage.ask(who, "GET", "/queue?person=student")
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.not_yours")


async def test_logistics_sees_what_goes_outside_and_no_names(stage: Stage) -> None:
    repair = (await stage.file(category="repair.heat", title="暖气不热", visibility="public")).json()
    wish = (await stage.file(title="买药")).json()
    page = (await stage.ask("logistics", "GET", "/queue")).json()
    assert [(row["id"], row["requester_id"], row["filed_by_id"]) for row in page["items"]] == [
        (repair["id"], None, None)
    ]
    assert page["counts"]["total"] == 1
    assert "student" not in {line["actor"] for line in page["items"][0]["timeline"]}
    assert (await stage.ask("logistics", "GET", f"/{wish['id']}")).status_code == 403
    assert (await stage.ask("logistics", "GET", f"/{repair['id']}")).json()["requester_id"] is None


async def test_places_learnt_before_they_were_found_by_name_are_written_anew(mongodb_uri: str) -> None:
    database = Database.at(mongodb_uri, f"places_{new_id()[:8]}")
    places = database.collection("places")
    await places.ensure_index(WORDS_INDEX)
    belonging = Belonging(database.collection("belonging"), database.collection("units"))
    learnt = Directory(places, database.collection("people"), belonging)
    facts = {"east": "东校区", "east.b1": "雁塔1号楼", "east.b2": "雁塔2号楼", "east.b3": "·"}
    told = [
        Event(
            new_id(),
            "/m",
            at,
            NOW,
            1,
            "s",
            "s",
            "s",
            PlaceAdded(place_id=at, type=PlaceType.BUILDING, name=name, capacity=None),
        )
        for at, name in facts.items()
    ]
    await learnt.learn_places(told)
    assert await learnt.called("雁塔") == ["east.b1", "east.b2"]
    for row in await places.find({}):
        await places.update_one({"_id": row["_id"]}, {"$unset": {"words": ""}})
    assert await learnt.called("雁塔") == []
    assert [await learnt.write_words(3), await learnt.write_words(3), await learnt.write_words(3)] == [3, 1, 0]
    assert await learnt.called("2号楼") == ["east.b2"]
    assert await learnt.called("塔1号楼") == ["east.b1"]
    await database.drop()


SIZES = (100, 1_000, 10_000)
PAGE = 20
THINGS = ("水龙头漏水", "门锁坏了", "Window broken", "暖气不热", "网络很慢")
OVER = (Phase.CLOSED_CONFIRMED, Phase.CLOSED_CONFIRMED, Phase.CANCELLED, Phase.REJECTED)


def history(start: int, end: int) -> Sequence[Request]:
    """Requests of a hundred people; of ten, one is open."""
    return [
        replace(
            cast.filed(title=THINGS[at % 5], place=f"east.b{at % 9}.f{at % 6}.r{at % 50}", requester_id=f"p{at % 100}"),
            id=derive_id("request", str(at)),
            filed_at=NOW + timedelta(minutes=at),
            stage=Phase.MATCHING if at % 10 == at // 10 % 10 else OVER[at % 4],
            visibility=Visibility.MASKED if at % 3 else Visibility.PUBLIC,
            requester_name="王小明",
            requester_account=f"2023{at % 100:04}",
        )
        for at in range(start, end)
    ]


QUESTIONS: Sequence[tuple[str | None, Sequence[Phase], Sequence[str]]] = (
    ("水龙头", (), ()),
    ("window", (), ()),
    ("漏水", (Phase.CLOSED_CONFIRMED, Phase.CANCELLED, Phase.REJECTED), ()),
    ("王小明", (), ()),
    ("20230042", (), ()),
    ("r33", (), ()),
    ("0901", (), ()),
    ("nothing", (), ()),
    (None, (), ("p1", "p2", "p3")),
    ("冒烟", (), tuple(f"p{at}" for at in range(20))),
)


async def test_a_page_costs_the_same_among_a_hundred_times_the_requests(mongodb_uri: str) -> None:
    database = Database.at(mongodb_uri, f"queue_{new_id()[:8]}")
    collection = database.collection("requests")
    for index in (*INDEXES, KEYS_INDEX):
        await collection.ensure_index(index)
    documents = MongoDocuments(collection, Request, source="/r", offer=lambda _: None, keys=keys_of)
    raw: Any = MongoClient(mongodb_uri)[database.name]
    desk = Caller("desk", frozenset({Role.DESK}), ("east",))
    known = 0
    for size in SIZES:
        crowd = history(known, size)
        for at in range(0, len(crowd), 1_000):
            await asyncio.gather(*(documents.create(one.id, one, [], BECAUSE) for one in crowd[at : at + 1_000]))
        known = size
        for q, stages, people in QUESTIONS:
            groups = asked_for(q, desk, stages, places=[[] for _ in words_of(q or "")], people=people)
            where = {"$and": [visible([Visibility.PUBLIC, Visibility.MASKED]), found_by(groups)]}
            page = await documents.select(where, sort=NEWEST_FIRST.sort, limit=PAGE + 1)
            positions = [None, (page[-1].state.filed_at, page[-1].id)] if page else [None]
            for position in positions:
                find = {
                    "find": "requests",
                    "filter": {"$and": [where, NEWEST_FIRST.beyond(position)]},
                    "sort": dict(NEWEST_FIRST.sort),
                    "limit": PAGE + 1,
                }
                plan = raw.command("explain", find, verbosity="executionStats")
                stats, ways = plan["executionStats"], str(plan["queryPlanner"]["winningPlan"])
                assert "COLLSCAN" not in ways, q
                assert "'SORT'" not in ways or stats["totalDocsExamined"] == 0, (q, "all that match would be read")
                lanes = len(groups[0])
                assert stats["totalDocsExamined"] <= stats["nReturned"] + lanes + PAGE, (size, q, stats)
                assert stats["totalKeysExamined"] <= 2 * stats["nReturned"] + 4 * lanes + PAGE, (size, q)
    await database.drop()


async def test_requests_of_an_earlier_release_are_found_after_the_sweep(mongodb_uri: str) -> None:
    database = Database.at(mongodb_uri, f"queue_{new_id()[:8]}")
    collection = database.collection("requests")
    older = MongoDocuments(collection, Request, source="/r", offer=lambda _: None)
    one = cast.filed(title="Door")
    await older.create(one.id, one, [], BECAUSE)
    now = MongoDocuments(collection, Request, source="/r", offer=lambda _: None, keys=keys_of)
    where = found_by(asked_for("door", cast.DESK, (), places=[[]], people=()))
    assert await now.select(where) == []
    assert await now.make_keys(10) == 1
    assert [each.id for each in await now.select(where)] == [one.id]
    await database.drop()
