"""News from outside that belongs nowhere, or comes too late, is kept and shown until somebody has dealt with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from services.requests.unplaced.domain import UnplacedNews
from services.requests.unplaced.store import INDEXES, NEWEST_FIRST, UnplacedStore
from shared.ids import new_id
from shared.keyset import PageQuery
from shared.store.mongo import Database
from tests.support.requests_stage import Stage, closed

pytestmark = pytest.mark.integration

Json = dict[str, Any]
AT = "/outside-news"


async def repair(stage: Stage) -> Json:
    stage.repairs.takes(service_request_id="7")
    request = (await stage.file(category="repair.pest")).json()
    return await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "acked")


async def test_news_that_belongs_nowhere_or_comes_too_late_is_kept_for_the_desk(stage: Stage) -> None:
    request = await repair(stage)
    leg_id = request["legs"][0]["id"]
    sent = {
        "w-unknown": (closed("unknown", status_notes="修好了"), "kept", "leg.unknown"),
        "w-number": (closed("8", external_id=leg_id), "kept", "leg.system_mismatch"),
        "w-empty": ([], "kept", "hook.nothing_told"),
        "w-closed": (closed("7"), "taken", None),
        "w-anew": ({"data": {"service_request_id": 7, "status": "open"}}, "stale", "request.wrong_stage"),
        "w-again": (closed("7"), "stale", "request.wrong_stage"),
    }
    for mark, (body, outcome, code) in sent.items():
        stage.clock.moment += timedelta(seconds=1)
        for _ in range(2):
            answer = await stage.hook(body, mark)
            assert (answer.status_code, answer.json()) == (200, {"outcome": outcome, "code": code}), mark
    for who in ("desk", "logistics"):
        page = (await stage.ask(who, "GET", AT)).json()
        told = [(one["why"], one["number"], one["request_id"]) for one in page["items"]]
        assert told == [
            ("request.wrong_stage", "7", request["id"]),
            ("hook.nothing_told", None, None),
            ("leg.system_mismatch", "8", request["id"]),
            ("leg.unknown", "unknown", None),
        ]
        assert page["waiting"] == 4
        assert (page["items"][3]["word"], page["items"][3]["notes"]) == ("closed", "修好了")
        assert all(one["text"] for one in page["items"] if one["why"] != "hook.nothing_told")
    for who in ("student", "helper", "leader"):
        assert (await stage.ask(who, "GET", AT)).status_code == 403


async def test_it_is_shown_page_by_page_and_gone_when_somebody_has_dealt_with_it(stage: Stage) -> None:
    for number in range(5):
        stage.clock.moment += timedelta(seconds=1)
        assert (await stage.hook(closed(f"nobody-{number}"), f"w/{number} #?")).json()["outcome"] == "kept"
    seen: list[Json] = []
    cursor = ""
    while True:
        page = (await stage.ask("desk", "GET", f"{AT}?limit=2{cursor}")).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [one["number"] for one in seen] == [f"nobody-{number}" for number in (4, 3, 2, 1, 0)]
    first = f"{AT}/{seen[0]['id']}/settlement"
    assert (await stage.ask("student", "POST", first)).status_code == 403
    for who in ("logistics", "desk"):
        done = await stage.ask(who, "POST", first)
        assert (done.status_code, done.json()["settled_by"]) == (200, "logistics")
    assert (await stage.hook(closed("nobody-4"), "w/4 #?")).json()["outcome"] == "kept"
    left = (await stage.ask("desk", "GET", AT)).json()
    assert ([one["number"] for one in left["items"]], left["waiting"]) == ([f"nobody-{n}" for n in (3, 2, 1, 0)], 4)
    unknown = await stage.ask("desk", "POST", f"{AT}/nothing/settlement")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "outside_news.not_found")
    bad = await stage.ask("desk", "GET", f"{AT}?cursor=x")
    assert (bad.status_code, bad.json()["code"]) == (400, "http.cursor_malformed")


async def test_a_page_costs_the_same_among_a_hundred_times_the_news(mongodb_uri: str) -> None:
    """Every third piece of news waits; a page of them reads a page, the first and one far below alike."""
    database = Database.at(mongodb_uri, f"kept_{new_id()[:8]}")
    rows = database.collection("outside_news")
    for index in INDEXES:
        await rows.ensure_index(index)
    kept, begin, limit = UnplacedStore(rows), datetime(2027, 1, 4, tzinfo=UTC), 21
    raw: Any = MongoClient(mongodb_uri)[database.name]
    known = 0
    for size in (100, 1_000, 10_000):
        for number in range(known, size):
            news = UnplacedNews(
                f"n{number}", begin + timedelta(seconds=number // 2), "s", "leg.unknown", None, None, ""
            )
            await kept.keep(news)
        await rows.update_many({"settled_at": None}, {"$set": {"settled_at": begin}})
        waiting = {"_id": {"$in": [f"n{number}" for number in range(0, size, 3)]}}
        await rows.update_many(waiting, {"$set": {"settled_at": None}})
        known = size
        page = (await kept.waiting(None, PageQuery(None, limit))).items
        below = (begin + timedelta(seconds=size // 3), f"n{size}")
        for position in (None, (page[-1].at, page[-1].id), below):
            where = {"settled_at": None, **NEWEST_FIRST.beyond(position)}
            find = {"find": "outside_news", "filter": where, "sort": dict(NEWEST_FIRST.sort), "limit": limit}
            plan = raw.command("explain", find, verbosity="executionStats")
            ways, stats = str(plan["queryPlanner"]["winningPlan"]), plan["executionStats"]
            assert ("COLLSCAN" in ways, "'SORT'" in ways) == (False, False), (size, position)
            assert stats["totalKeysExamined"] <= 2 * limit, (size, position, stats["totalKeysExamined"])
        assert await kept.count_waiting(None) == len(range(0, size, 3))
    await database.drop()
