"""What is told, who sees what, and whose name."""

import asyncio
import hashlib
import json
from collections import Counter
from itertools import product

import httpx

from tests.probes.catalogue import wall
from tests.probes.system import Json, System, fresh, holds, record

LOST, SEALED, NAMES = "a fact is lost in silence", "the sealed lane and small numbers", "names behind ids"
STUDENT = "student1"
"""Lives in the east, as the demo has it."""


async def unit_and_campus(system: System) -> str:
    """Make a unit and a campus of one id at once; returns the id."""
    name = fresh("south")
    unit = {"id": name, "type": "general_branch", "name": "南区党总支", "parent": "community"}
    await system.made("/api/members/units", "admin1", unit)
    await system.made("/api/members/places", "admin1", {"id": name, "type": "campus", "name": "南校区"})
    return name


@wall(LOST)
async def both_are_heard_of(system: System) -> None:
    """A unit and a campus made at once under one id: a request can be filed on the campus."""
    place = await unit_and_campus(system)
    body = {"category": "wish.company", "title": "陪我走走", "place": place}
    for _ in range(40):
        answer = await system.make("/api/requests", "desk1", body)
        if answer.status_code == 201:
            await system.ask("POST", f"/api/requests/{answer.json()['id']}/cancellation", "desk1", json={})
            return
        await asyncio.sleep(0.25)
    holds(condition=False, seen=f"after 10 s: {answer.status_code} {answer.json()['code']}")


@wall(LOST)
async def no_two_events_of_one_id(system: System) -> None:
    """The record holds the facts of both, and no two events of one id."""
    async with system.broker("bootstrap") as client:
        place = await unit_and_campus(system)
        await asyncio.sleep(2)
        events = [json.loads(raw) for raw in await record(client) if b'"specversion"' in raw]
    told = [event["type"] for event in events if event.get("subject") == place]
    holds(len(told) == 2, f"of the two facts about {place}, the record has {told}")
    twice = [key for key, times in Counter((event["source"], event["id"]) for event in events).items() if times > 1]
    holds(not twice, f"{len(twice)} ids twice among {len(events)} events")


async def opened(system: System, request_id: str, *staff: str) -> list[str]:
    """Return those who can open this request."""
    answers = {who: await system.ask("GET", f"/api/requests/{request_id}", who) for who in staff}
    return [who for who, answer in answers.items() if answer.status_code == 200]


async def listed(system: System, request_id: str, *staff: str) -> list[str]:
    """Return those who see it in the queue."""
    found: list[str] = []
    for who in staff:
        rows: list[Json] = []
        for params in ({"q": request_id}, {"limit": 100}):
            answer = await system.ask("GET", "/api/requests/queue", who, params=params)
            rows += answer.json()["items"] if answer.status_code == 200 else []
        if any(row["id"] == request_id for row in rows):
            found.append(who)
    return found


async def western_counsellor(system: System) -> str:
    """Register a counsellor of the west, who reads nothing sealed."""
    return await system.person("counsellor", place="west.b5", units=["west"], duty=["west"])


@wall(SEALED)
async def sealed_is_its_readers(system: System) -> None:
    """What is sealed is opened and listed by nobody but its readers."""
    request = (await system.file(STUDENT, "counsel.talk"))["id"]
    staff = (await western_counsellor(system), "desk1", "desk2", "secretary1", "leader1", "logistics1", "admin1")
    await asyncio.sleep(0.5)
    seen = [await opened(system, request, *staff), await listed(system, request, *staff)]
    holds(seen == [[], []], f"opened by {seen[0]}, listed for {seen[1]}")


@wall(SEALED)
async def staff_of_their_places(system: System) -> None:
    """Staff of the west neither open a request of the east nor see it in their queue."""
    request = (await system.file(STUDENT, "wish.company"))["id"]
    staff = (await western_counsellor(system), "desk2")
    seen = [await opened(system, request, *staff), await listed(system, request, *staff)]
    await system.ask("POST", f"/api/requests/{request}/cancellation", STUDENT, json={})
    holds(seen == [[], []], f"opened by {seen[0]}, listed for {seen[1]}")


@wall(SEALED)
async def small_numbers(system: System) -> None:
    """No figure that a leader narrows tells of the one sealed case of a building in a second."""
    filed = await system.file(STUDENT, "counsel.talk")
    building = ".".join(str((await system.get("/api/members/me", STUDENT))["place"]).split(".")[:2])
    figures = (await system.get("/api/reporting/figures", "leader1"))["items"]
    await asyncio.sleep(2)
    day = {"since": filed["filed_at"][:10] + "T00:00:00Z"}
    told: list[str] = []
    for figure, scope in product(figures, ({"category": "counsel.talk"}, {"kind": "counsel"})):
        path = f"/api/reporting/figures/{figure['id']}"
        answer = await system.ask("GET", path, "leader1", params={"building": building, **scope, **day})
        if answer.status_code == 200:
            told += _of_few(figure["id"], answer)
    holds(not told, f"of a sealed case a leader is told: {'; '.join(told[:3])}")


def _of_few(figure: str, answer: httpx.Response) -> list[str]:
    seen = answer.json()
    sides = [seen.get("numerator"), seen.get("denominator")]
    if any(side and 0 < side < 5 for side in sides) or seen.get("value") is not None:
        return [f"{figure} {seen['value']}, {sides[0]} of {sides[1]}"]
    return []


@wall(NAMES)
async def ids_are_no_hash(system: System) -> None:
    """An id of a person is no plain hash of the account's name."""
    for name in (STUDENT, "desk1", "leader1"):
        found = str((await system.get("/api/members/me", name))["id"])
        for text, kind in product(
            (name, f"person\x1f{name}", f"person:{name}", f"person{name}", f"person/{name}"), ("md5", "sha1", "sha256")
        ):
            holds(
                not hashlib.new(kind, text.encode()).hexdigest().startswith(found), f"{kind}({text!r}) is {name}'s id"
            )


@wall(NAMES)
async def no_strangers_names(system: System) -> None:
    """Somebody new among the students is told no other student's name."""
    people = (await system.get("/api/members/people", "admin1", limit=100))["items"]
    students = [one["id"] for one in people if one["roles"] == ["student"]]
    newcomer = await system.person("student", place="east.b1.f1.r101")
    told = (await system.get("/api/members/names", newcomer, ids=",".join(students[:60])))["names"]
    holds(not told, f"{len(told)} of {len(students[:60])} named")
