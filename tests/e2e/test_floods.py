"""One caller who calls without end is told to wait, and nobody else notices.

The kind: what one person, or one address, can take from everybody. Filing, changing, reading, live streams, strangers;
wrong passwords are in tests/integration/test_sessions.py.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.requests.casework.api.filing import FILING
from shared.auth.actor import Actor
from shared.auth.limits import READING, STRANGERS, STREAMS_OF_ONE, Limits
from shared.clock import SystemClock
from shared.contracts.members import Role
from shared.ids import new_id
from tests.e2e.house import House, open_house, person
from tests.e2e.test_bad_input import problem_of

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

LIVE = "/api/reporting/boards/community/live"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(nats_url: str, mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    keys = tmp_path_factory.mktemp("keys")
    async with open_house(nats_url, mongodb_uri, keys, limits_factor=1.0) as opened:
        yield opened


async def file_one(house: House, who: Actor, number: int, key: str | None = None) -> httpx.Response:
    body = {"category": "wish.company", "title": f"Company {number}", "place": house.room}
    return await house.ask("POST", "/api/requests", who, json=body, headers={"idempotency-key": key or new_id()})


def slowed(answer: httpx.Response, code: str = "http.too_many_calls") -> dict[str, Any]:
    problem = problem_of(answer)
    assert (answer.status_code, problem["code"]) == (429, code)
    told = problem["params"]
    assert int(answer.headers["retry-after"]) == told["retry_after"] >= 1
    assert answer.headers["ratelimit-limit"] == str(told["limit"])
    assert answer.headers["ratelimit-remaining"] == "0"
    assert answer.headers["ratelimit-reset"] == answer.headers["retry-after"]
    return told


@dataclass
class Stopped:
    """A clock that a test moves."""

    at: datetime = field(default_factory=lambda: SystemClock().now())

    def now(self) -> datetime:
        return self.at


def stop_the_clock(house: House, service: str) -> Stopped:
    """Count this service's calls by a clock that stands still, so that no machine is too slow to be slowed down."""
    limits: Limits = house.apps[service].state.limits
    clock = Stopped()
    limits.clock = clock
    return clock


async def test_a_hundred_filings_in_a_row_by_one_student_are_slowed_and_others_file(house: House) -> None:
    clock = stop_the_clock(house, "requests")
    student, other = person(Role.STUDENT, "tireless"), person(Role.STUDENT, "neighbour")
    answers = [await file_one(house, student, number) for number in range(100)]
    taken = [answer for answer in answers if answer.status_code == 201]
    assert len(taken) == FILING.burst
    for answer in answers[len(taken) :]:
        assert slowed(answer)["what"] == FILING.name
    assert (await file_one(house, other, 1)).status_code == 201
    mine = (await house.ask("GET", "/api/requests/mine?limit=100", student)).json()["items"]
    assert len(mine) == len(taken), "what was refused is not half done"
    clock.at += timedelta(seconds=int(answers[-1].headers["retry-after"]))
    assert [(await file_one(house, student, number)).status_code for number in range(2)] == [201, 429]


async def test_the_desk_files_for_a_whole_building(house: House) -> None:
    stop_the_clock(house, "requests")
    desk = person(Role.DESK, "night round")
    answers = [await file_one(house, desk, number) for number in range(60)]
    assert {answer.status_code for answer in answers} == {201}


async def test_reading_without_end_is_slowed_and_filing_goes_on(house: House) -> None:
    stop_the_clock(house, "activities")
    reader, other = person(Role.STUDENT, "scraper"), person(Role.STUDENT, "passer-by")
    found = [await house.ask("GET", "/api/activities/mine", reader) for _ in range(READING.burst + 3)]
    assert Counter(answer.status_code for answer in found) == {200: READING.burst, 429: 3}
    assert slowed(found[-1])["what"] == READING.name
    assert (await house.ask("GET", "/api/activities/mine", other)).status_code == 200
    assert (await file_one(house, reader, 1)).status_code == 201


async def test_strangers_of_one_address_are_slowed_and_those_of_another_are_not(house: House) -> None:
    stop_the_clock(house, "members")
    mine, other = {"x-forwarded-for": "203.0.113.9"}, {"x-forwarded-for": "203.0.113.10"}
    found = [await house.ask("GET", "/api/members/campus", None, headers=mine) for _ in range(STRANGERS.burst + 3)]
    assert Counter(answer.status_code for answer in found) == {200: STRANGERS.burst, 429: 3}
    assert slowed(found[-1])["what"] == STRANGERS.name
    assert (await house.ask("GET", "/api/members/campus", None, headers=other)).status_code == 200
    signed = await house.ask("GET", "/api/members/units", person(Role.STUDENT, "at home"), headers=mine)
    assert signed.status_code == 200, "who is signed in does not pay for strangers at the same address"


async def test_of_three_hundred_streams_of_one_person_twenty_are_open_and_a_closed_one_makes_room(
    house: House,
) -> None:
    leader, other = person(Role.LEADER, "many screens"), person(Role.LEADER, "one screen")
    limits = httpx.Limits(max_connections=400)
    async with httpx.AsyncClient(timeout=20, trust_env=False, limits=limits) as many, AsyncExitStack() as opened:

        async def watch(who: Actor, stack: AsyncExitStack) -> int:
            answer = await stack.enter_async_context(many.stream("GET", house.url(LIVE), headers=house.headers(who)))
            if answer.status_code == 429:
                await answer.aread()
                slowed(answer, "http.too_many_streams")
            return answer.status_code

        async with AsyncExitStack() as first:
            statuses = Counter([await watch(leader, first) for _ in range(300)])
            assert statuses == {200: STREAMS_OF_ONE, 429: 300 - STREAMS_OF_ONE}
            assert await watch(other, opened) == 200
        for _ in range(200):
            await asyncio.sleep(0.1)
            if await watch(leader, opened) == 200:
                return
        pytest.fail("a stream that was closed still counts")
