"""A town in which something has happened: stories told to their end, requests that wait, legs of a known helper."""

import asyncio
from itertools import islice
from typing import Any

from deploy.demo.campus import campus
from deploy.demo.flow import Plan, cast_of, run
from deploy.demo.mapping import filings
from deploy.demo.people import Someone, Town
from deploy.demo.stories import Story, Temper

ENDED, WAITING = 36, 18
WISHES = (("wish.moving", "帮忙搬一个书柜到三楼"), ("study.maths", "高数期中复习,想找人讲讲极限"))
REPAIR = ("repair.plumbing", "卫生间水龙头关不紧")


async def live(town: Town) -> None:
    """Let the town live a while, and leave some of it unfinished."""
    await run(town, Plan(requests=ENDED, at_once=12, gatherings=1, run="lived"))
    cast = await cast_of(town)
    waiting = islice(filings(campus()), ENDED, ENDED + WAITING)
    await asyncio.gather(*(Story(cast, filing, Temper(), "waits").file() for filing in waiting))
    student, helper, desk = town.someone("student1"), town.someone("helper1"), town.someone("desk1")
    for number, (category, title) in enumerate(WISHES):
        view = await _file(student, category, title, f"lived-{number}")
        await _give(desk, view, await helper.id())
    await _file(student, *REPAIR, "lived-repair")


async def _file(student: Someone, category: str, title: str, key: str) -> dict[str, Any]:
    return await student.post("/api/requests", {"category": category, "title": title}, key=key)


async def _give(desk: Someone, view: dict[str, Any], helper_id: str) -> None:
    """Let the desk assign the leg, whoever was proposed meanwhile."""
    path = f"/api/requests/{view['id']}/legs/{view['legs'][0]['id']}/assignment"
    await desk.post(path, {"helper_id": helper_id})
