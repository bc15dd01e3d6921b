"""What every answer carries, and whose calls are taken."""

from datetime import UTC, datetime, timedelta

import httpx
import pymongo
from pymongo.errors import OperationFailure

from tests.probes.catalogue import wall
from tests.probes.facts_and_people import STUDENT
from tests.probes.system import NotTried, System, holds

SMALL = "small"
MINE = ("/api/members/me", "/api/requests/mine", "/api/activities/mine", "/api/members/points/mine")


@wall(SMALL)
async def nothing_personal_is_kept(system: System) -> None:
    """Personal JSON says `Cache-Control: no-store`."""
    kept: dict[str, str] = {}
    for path in MINE:
        told = (await system.ask("GET", path, STUDENT)).headers.get("cache-control", "nothing")
        kept |= {} if "no-store" in told else {path: told}
    holds(not kept, kept)


@wall(SMALL)
async def nosniff(system: System) -> None:
    """A file that is not there is answered with `nosniff` too."""
    for path in ("/assets/none.js", "/api/nowhere"):
        answer = await system.ask("GET", path)
        told = answer.headers.get("x-content-type-options")
        holds((answer.status_code, told) == (404, "nosniff"), f"{path}: {answer.status_code}, {told}")


@wall(SMALL)
async def foreign_origin(system: System) -> None:
    """A POST by cookie with another site's `Origin` and no `Sec-Fetch-Site` is refused."""
    headers = {"cookie": f"yizhan_session={await system.token(STUDENT)}", "origin": "https://elsewhere.example"}
    async with httpx.AsyncClient(base_url=system.base, timeout=20, trust_env=False) as client:
        answer = await client.post("/api/requests", json={}, headers={**headers, "idempotency-key": "probe-1"})
    holds(answer.json()["code"] == "auth.cross_site", f"{answer.status_code} {answer.json()['code']}")


@wall(SMALL)
async def head_as_get(system: System) -> None:
    """HEAD answers as GET does, without a body."""
    for path in (*MINE, "/api/requests/categories", "/api/members/campus"):
        got, headed = [await system.ask(method, path, STUDENT) for method in ("GET", "HEAD")]
        told = (headed.status_code, headed.headers.get("content-type"), headed.content)
        holds(told == (got.status_code, got.headers["content-type"], b""), f"HEAD {path}: {told[:2]}")


@wall(SMALL)
async def drafts(system: System) -> None:
    """Signing up for a draft answers as reading it does."""
    start = datetime.now(UTC) + timedelta(days=3)
    ends = start + timedelta(hours=2)
    plan = {"title": "还没有", "category": "study", "starts_at": start.isoformat(), "ends_at": ends.isoformat()}
    plan |= {"place": "east", "capacity": 2, "points": 1}
    path = f"/api/activities/{(await system.made('/api/activities', 'secretary1', plan))['id']}"
    read = await system.ask("GET", path, STUDENT)
    signed = await system.ask("POST", f"{path}/sign-ups", STUDENT, json={})
    await system.ask("POST", f"{path}/cancellation", "secretary1", json={"reason": "probe"})
    told = [(one.status_code, one.json()["code"]) for one in (read, signed)]
    holds(read.status_code == 404 and told[0] == told[1], told)


@wall(SMALL)
async def database(system: System) -> None:
    """The local database asks who one is."""
    if "mongo" not in system.ports:
        what = "the database's port is not known"
        raise NotTried(what)
    address = f"mongodb://127.0.0.1:{system.ports['mongo']}/?directConnection=true"
    async with pymongo.AsyncMongoClient(address, serverSelectionTimeoutMS=5000) as client:
        try:
            found = await client.list_database_names()
        except OperationFailure:
            return
    holds(condition=False, seen=f"anybody lists {', '.join(found)}")
