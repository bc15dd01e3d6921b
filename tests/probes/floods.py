"""What one caller can take from everybody."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack

import httpx

from tests.probes.catalogue import wall
from tests.probes.system import System, holds

FLOODS = "floods"
AWAY, HOME = {"x-forwarded-for": "203.0.113.77"}, {"x-forwarded-for": "198.51.100.78"}
LIVE = "/api/reporting/boards/community/live"


@wall(FLOODS)
async def guessing(system: System) -> None:
    """Of 200 wrong passwords for one account few are compared, the others answered 429; its owner gets in elsewhere."""
    account = await system.person("student")
    answers = await _at_once(system, [account] * 200, "a-wrong-guess-", 20)
    statuses = Counter(one.status_code for one in answers)
    holds(statuses[429] > 150, f"{statuses[401]} compared, {statuses[429]} answered 429")
    holds(_told_when(answers), "429 without Retry-After")
    at_home = await system.sign_in(account, **HOME)
    holds(at_home.status_code == 201, f"the owner, elsewhere, is locked out: {at_home.status_code}")


@wall(FLOODS)
async def sign_ins_at_once(system: System) -> None:
    """While one address tries 300 accounts at once, somebody elsewhere signs in within three seconds."""
    account = await system.person("student")
    await system.sign_in(account, **HOME)
    storm = asyncio.create_task(_at_once(system, [f"nobody{number}" for number in range(300)], "a-guess-", 300))
    await asyncio.sleep(0.3)
    begun = time.monotonic()
    answer = await system.sign_in(account, **HOME)
    took = time.monotonic() - begun
    storm.cancel()
    await asyncio.gather(storm, return_exceptions=True)
    holds(answer.status_code == 201 and took < 3, f"{answer.status_code} after {took:.1f} s")


async def _at_once(system: System, accounts: list[str], guess: str, wide: int) -> list[httpx.Response]:
    gate = asyncio.Semaphore(wide)
    limits = httpx.Limits(max_connections=wide)
    async with httpx.AsyncClient(base_url=system.base, timeout=60, trust_env=False, limits=limits) as client:

        async def one(number: int, account: str) -> httpx.Response:
            async with gate:
                body = {"username": account, "password": f"{guess}{number}"}
                return await client.post("/api/members/sessions", json=body, headers=AWAY)

        return await asyncio.gather(*(one(number, account) for number, account in enumerate(accounts)))


@wall(FLOODS)
async def filings(system: System) -> None:
    """Of 100 filings in a row by one student most are answered 429 with Retry-After, and another student files."""
    student, other = [await system.person("student", place="east.b1.f1.r101") for _ in range(2)]
    body = {"category": "wish.company", "title": "陪我走走", "visibility": "private"}
    await _known(system, student)
    answers = [await system.make("/api/requests", student, {**body, "title": f"第{n}次"}) for n in range(100)]
    await _known(system, other)
    for one in answers:
        if one.status_code == 201:
            await system.ask("POST", f"/api/requests/{one.json()['id']}/cancellation", student, json={})
    statuses = Counter(one.status_code for one in answers)
    holds(statuses[429] > 50, f"{dict(statuses)}")
    holds(_told_when(answers), "429 without Retry-After")


def _told_when(answers: list[httpx.Response]) -> bool:
    return all(int(one.headers.get("retry-after", 0)) >= 1 for one in answers if one.status_code == 429)


async def _known(system: System, student: str) -> None:
    """File one, when requests has heard of this person, and take it back."""
    for _ in range(40):
        answer = await system.make("/api/requests", student, {"category": "wish.company", "title": "陪我走走"})
        if answer.status_code == 201:
            await system.ask("POST", f"/api/requests/{answer.json()['id']}/cancellation", student, json={})
            return
        await asyncio.sleep(0.25)
    raise AssertionError(answer.text)


@wall(FLOODS)
async def streams(system: System) -> None:
    """Of 300 live streams of one person few are opened, the others answered 429."""
    signed = {"authorization": f"Bearer {await system.token('leader1')}"}
    limits = httpx.Limits(max_connections=400)
    async with (
        httpx.AsyncClient(base_url=system.base, timeout=20, trust_env=False, limits=limits) as client,
        AsyncExitStack() as stack,
    ):
        answers = [await stack.enter_async_context(client.stream("GET", LIVE, headers=signed)) for _ in range(300)]
        statuses = Counter(answer.status_code for answer in answers)
    holds(statuses[429] >= 250 and statuses[200] >= 1, dict(statuses))
