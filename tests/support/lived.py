"""A town in which something has happened: stories told to their end, and a known thing in each state of a page."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from deploy.demo.campus import campus
from deploy.demo.flow import Plan, cast_of, run
from deploy.demo.mapping import filings
from deploy.demo.people import Someone, Town
from deploy.demo.stories import Story, Temper
from shared.ids import derive_id
from tests.support.identities import person_id_of

ENDED, WAITING = 36, 18
_ORGANISER: Final = "secretary1"
_BEGINS_IN: Final = timedelta(seconds=15)
"""Time enough to plan, publish and take a seat on a busy machine; it passes while the town lives."""
_FORMS: Final = {
    "offered": ("wish.moving", "帮忙搬一个书柜到三楼"),
    "accepted": ("study.maths", "高数期中复习,想找人讲讲极限"),
    "started": ("wish.computer", "电脑开机后一直黑屏"),
    "resolved": ("wish.errand", "快递太重，想请人一起搬上楼"),
    "rated": ("wish.small_fix", "衣柜门的合页松了"),
    "outside": ("repair.plumbing", "卫生间水龙头关不紧"),
    "sealed": ("counsel.talk", "最近总是睡不好，想找老师聊聊"),
}


def request_of(state: str) -> str:
    """Return the id of student1's request that is left in this state: a key of the forms above."""
    return derive_id("request", person_id_of("student1"), _key(state))


def activity_of(state: str) -> str:
    """Return the id of an activity that is `planned`, or `begun` with student1 in a seat."""
    return derive_id("activity", person_id_of(_ORGANISER), _key(state))


async def live(town: Town) -> None:
    """Let the town live a while, and leave some of it unfinished."""
    starts = datetime.now(UTC) + _BEGINS_IN
    begun = await _plan(town, "begun", starts)
    await town.someone(_ORGANISER).post(f"{begun}/publication")
    await town.someone("student1").post(f"{begun}/sign-ups")
    await run(town, Plan(requests=ENDED, at_once=12, gatherings=1, run="lived"))
    cast = await cast_of(town)
    waiting = islice(filings(campus()), ENDED, ENDED + WAITING)
    await asyncio.gather(*(Story(cast, filing, Temper(), "waits").file() for filing in waiting))
    for state in _FORMS:
        await _leave(town, state)
    await _plan(town, "planned", starts + timedelta(days=3))
    await asyncio.sleep(max(0.0, (starts - datetime.now(UTC)).total_seconds()))


async def _leave(town: Town, state: str) -> None:
    """File a request of student1, let helper1 have it unless it is for others, and go on until it is in this state."""
    student, helper, desk = (town.someone(name) for name in ("student1", "helper1", "desk1"))
    category, title = _FORMS[state]
    view = await student.post("/api/requests", {"category": category, "title": title}, key=_key(state))
    if state in {"outside", "sealed"}:
        return
    base = f"/api/requests/{view['id']}"
    leg = f"{base}/legs/{view['legs'][0]['id']}"
    deeds: tuple[tuple[str, Someone, str, dict[str, Any]], ...] = (
        ("offered", desk, f"{leg}/assignment", {"helper_id": person_id_of("helper1")}),
        ("accepted", helper, f"{leg}/acceptance", {}),
        ("started", helper, f"{leg}/start", {}),
        ("resolved", helper, f"{leg}/completion", {"note": "搬好了，放在门口"}),
        ("rated", student, f"{base}/confirmation", {"solved": True, "stars": 5, "comment": "又快又好，谢谢"}),
    )
    for reached, actor, path, body in deeds:
        await actor.post(path, body)
        if reached == state:
            return


async def _plan(town: Town, state: str, starts: datetime) -> str:
    """Plan an activity; return its path."""
    body: dict[str, Any] = {
        "title": "寝室长夜谈会",
        "category": campus().activities[0].category,
        "description": "聊聊这学期寝室里的小事，也听听大家的建议。",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(),
        "place": campus().activities[0].place,
        "capacity": 12,
        "points": 2,
    }
    planned = await town.someone(_ORGANISER).post("/api/activities", body, key=_key(state))
    return f"/api/activities/{planned['id']}"


def _key(state: str) -> str:
    return f"lived-{state}"
