"""Sessions end: in every service and replica, within seconds, open streams too; and guessing hurts nobody else.

The kind: somebody who should be out is still in. Departure, a lost role, a disabled account, a new password, a
sign-out; what must not end a session is here as well.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
import nats
import pytest
from fastapi import FastAPI

from services.activities.app import build as build_activities
from services.activities.settings import Settings as ActivitiesSettings
from services.members.app import build as build_members
from services.members.settings import Settings as MembersSettings
from services.members.signin.domain.throttle import PATIENCE, RULES, Bucket
from services.reporting.app import build as build_reporting
from services.reporting.settings import Settings as ReportingSettings
from services.requests.app import build as build_requests
from services.requests.settings import Settings as RequestsSettings
from shared.auth.actor import Actor
from shared.auth.tokens import Signer
from shared.bus.stream import STREAM
from shared.clock import SystemClock
from shared.contracts.event import Event
from shared.contracts.members import Role, SessionsEnded
from shared.ids import new_id
from tests.support.identities import key_file, person_id_of
from tests.support.stage import begin_anew

pytestmark = pytest.mark.integration

PASSWORD, OTHER = "yizhan-demo", "another-pass-1"
SOON = 5.0
"""Seconds within which every replica of every service refuses."""
ON_THEIR_WAY = 5
"""Tries of one address at one account that are looked at side by side."""
EVERYWHERE = {
    "members": "/api/members/me",
    "members-2": "/api/members/me",
    "requests": "/api/requests/mine",
    "activities": "/api/activities/mine",
    "reporting": "/api/reporting/figures",
    "reporting-2": "/api/reporting/figures",
}
LIVE = "/api/reporting/boards/community/live"


@dataclass
class Town:
    """Every service, two of them in two replicas."""

    services: dict[str, httpx.AsyncClient]
    apps: dict[str, FastAPI]
    stream: Any
    open_again: Callable[[str], Awaitable[None]]
    signer: Signer
    tokens: dict[str, str] = field(default_factory=dict[str, str])

    async def ask(self, service: str, method: str, path: str, token: str | None, **more: Any) -> httpx.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = await self.services[service].request(method, path, headers=headers | more.pop("headers", {}), **more)
        self.services[service].cookies.clear()
        return answer

    async def sign_in(self, who: str, password: str = PASSWORD, service: str = "members", **more: Any) -> Any:
        body = {"username": who, "password": password}
        return await self.ask(service, "POST", "/api/members/sessions", None, json=body, **more)

    async def token(self, who: str, password: str = PASSWORD, service: str = "members") -> str:
        answer = await self.sign_in(who, password, service)
        assert answer.status_code == 201, answer.text
        return answer.json()["token"]

    async def admin(self, method: str, path: str, body: Any = None, service: str = "members") -> httpx.Response:
        if "admin1" not in self.tokens:
            self.tokens["admin1"] = await self.token("admin1")
        answer = await self.ask(service, method, f"/api/members{path}", self.tokens["admin1"], json=body)
        assert answer.status_code < 300, answer.text
        return answer

    async def add(self, who: str, *roles: str) -> str:
        body = {"username": who, "name": who, "roles": roles or ("leader",), "password": PASSWORD}
        key = {"Idempotency-Key": new_id()}
        if "admin1" not in self.tokens:
            self.tokens["admin1"] = await self.token("admin1")
        answer = await self.ask("members", "POST", "/api/members/people", self.tokens["admin1"], json=body, headers=key)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def statuses(self, token: str) -> dict[str, tuple[int, str | None]]:
        found: dict[str, tuple[int, str | None]] = {}
        for service, path in EVERYWHERE.items():
            answer = await self.ask(service, "GET", path, token)
            found[service] = (answer.status_code, answer.json().get("code"))
        return found

    async def is_out(self, token: str) -> None:
        """Wait until every replica refuses the token."""
        begun = perf_counter()
        while {*(await self.statuses(token)).values()} != {(401, "auth.session_ended")}:
            assert perf_counter() - begun < SOON, await self.statuses(token)
            await asyncio.sleep(0.1)

    async def is_in(self, token: str) -> None:
        """Check that every replica lets the token in, and still does when everything was heard."""
        assert {status for status, _ in (await self.statuses(token)).values()} == {200}
        await asyncio.sleep(1.2)
        assert {status for status, _ in (await self.statuses(token)).values()} == {200}


@pytest.fixture
async def town(nats_url: str, mongodb_uri: str, tmp_path: Path) -> AsyncIterator[Town]:
    await begin_anew(nats_url)
    run = new_id()
    common = {"nats_url": nats_url, "mongodb_uri": mongodb_uri, "jwks": str(tmp_path / "jwks.json")}
    own = {
        "signing_key": str(tmp_path / "signing.pem"),
        "person_key": str(key_file(tmp_path)),
        "admin_password": PASSWORD,
    }
    makers: dict[str, Callable[[dict[str, Any]], FastAPI]] = {
        "members": lambda given: build_members(MembersSettings.model_validate(given | own)),
        "requests": lambda given: build_requests(RequestsSettings.model_validate(given)),
        "activities": lambda given: build_activities(ActivitiesSettings.model_validate(given)),
        "reporting": lambda given: build_reporting(ReportingSettings.model_validate(given)),
    }
    client = await nats.connect(nats_url)
    async with contextlib.AsyncExitStack() as closing:
        closing.push_async_callback(client.close)
        services: dict[str, httpx.AsyncClient] = {}
        apps: dict[str, FastAPI] = {}

        async def start(name: str) -> None:
            service = name.partition("-")[0]
            app = makers[service](common | {"mongodb_database": f"test_{service}_{run}"})
            await closing.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 1))
            services[name] = httpx.AsyncClient(transport=transport, base_url="http://test", timeout=30)
            closing.push_async_callback(services[name].aclose)
            apps[name] = app

        for name in EVERYWHERE:
            await start(name)
        yield Town(services, apps, client.jetstream(), start, Signer.from_file(tmp_path / "signing.pem"))
        for app in apps.values():
            await app.state.runtime.database.drop()


async def revise(town: Town, person: str, body: Any) -> None:
    await town.admin("PATCH", f"/people/{person}", body)


ENDINGS: dict[str, Callable[[Town, str], Awaitable[Any]]] = {
    "departure": lambda town, person: town.admin("POST", f"/people/{person}/departure"),
    "lost role": lambda town, person: revise(town, person, {"roles": ["leader"]}),
    "swapped role": lambda town, person: revise(town, person, {"roles": ["leader", "student"]}),
    "disabled": lambda town, person: town.admin("POST", f"/people/{person}/suspension"),
    "reset": lambda town, person: town.admin("POST", f"/people/{person}/password", {"password": OTHER}),
    "reset by a change": lambda town, person: revise(town, person, {"password": OTHER}),
}


async def test_what_takes_somebody_out_ends_every_session_of_theirs_everywhere(town: Town) -> None:
    await town.add("bo")
    bystander = await town.token("bo")

    async def take_out(ending: str) -> None:
        who = ending.replace(" ", "-")
        person = await town.add(who, "leader", "secretary")
        tokens = [await town.token(who), await town.token(who, service="members-2")]
        watching = asyncio.create_task(town.ask("reporting-2", "GET", LIVE, tokens[0]))
        await town.is_in(tokens[0])
        await ENDINGS[ending](town, person)
        for token in tokens:
            await town.is_out(token)
        stream = await asyncio.wait_for(watching, SOON)
        assert "event: board" in stream.text, ending
        assert "event: session_ended" in stream.text, ending

    await asyncio.gather(*(take_out(ending) for ending in ENDINGS))
    await town.is_in(bystander)


async def test_what_takes_nobody_out_ends_nothing(town: Town) -> None:
    person = await town.add("anna", "leader")
    token = await town.token("anna")
    await revise(town, person, {"name": "安娜", "phone": "13800000001", "reachable": False})
    await revise(town, person, {"roles": ["leader", "desk"]})
    await town.is_in(token)
    assert (await town.ask("requests", "GET", "/api/requests/queue", token)).status_code == 200, "a leader may look"
    helpers = "/api/members/helpers?place=east"
    assert (await town.ask("members", "GET", helpers, token)).json()["code"] == "auth.forbidden"
    renewed = await town.ask("members", "POST", "/api/members/sessions/current/renewal", token)
    assert renewed.status_code == 201
    assert "desk" in renewed.json()["person"]["roles"]
    let_in = await town.ask("members", "GET", helpers, renewed.json()["token"])
    assert let_in.json()["code"] == "auth.not_yours", "the role is let in, and the place is not theirs"
    await town.ask("members", "DELETE", "/api/members/sessions/current", token)
    await town.is_out(renewed.json()["token"])
    again = await town.ask("members", "POST", "/api/members/sessions/current/renewal", renewed.json()["token"])
    assert (again.status_code, again.json()["code"]) == (401, "auth.session_ended")


async def test_signing_out_ends_this_session_only_and_is_always_answered(town: Town) -> None:
    await town.add("anna")
    phone, desk = await town.token("anna"), await town.token("anna")
    cookie = {"Cookie": f"yizhan_session={phone}"}
    out = await town.ask("members-2", "DELETE", "/api/members/sessions/current", None, headers=cookie)
    assert out.status_code == 204
    await town.is_out(phone)
    await town.is_in(desk)
    expired = town.signer.sign(Actor("x", "x", frozenset({Role.STUDENT})), SystemClock().now() - timedelta(days=2))[0]
    for token in (None, phone, phone, expired, "no token at all"):
        assert (await town.ask("members", "DELETE", "/api/members/sessions/current", token)).status_code == 204
    await town.is_in(desk)


async def test_ones_own_new_password_keeps_this_session_under_a_new_token_and_ends_the_others(town: Town) -> None:
    await town.add("anna")
    mine, stolen = await town.token("anna"), await town.token("anna")
    path = "/api/members/me/password"
    wrong = {"old_password": "guess-guess", "new_password": OTHER}
    refused = await town.ask("members", "POST", path, mine, json=wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "account.wrong_password")
    short = await town.ask("members", "POST", path, mine, json={"old_password": PASSWORD, "new_password": "short"})
    assert (short.status_code, short.json()["errors"][0]["path"]) == (422, "body.new_password")
    changed = await town.ask("members", "POST", path, mine, json={"old_password": PASSWORD, "new_password": OTHER})
    assert changed.status_code == 201
    assert "yizhan_session=" in changed.headers["set-cookie"]
    await town.is_in(changed.json()["token"])
    await town.is_out(stolen)
    await town.is_out(mine)
    assert (await town.sign_in("anna")).status_code == 401
    assert await town.token("anna", OTHER)


async def test_who_signs_in_again_at_the_same_moment_is_in_at_once(town: Town) -> None:
    person = await town.add("anna", "leader", "secretary")
    for roles in (["leader"], ["leader", "desk"], ["leader"]):
        before = await town.token("anna")
        await revise(town, person, {"roles": roles})
        after = await town.token("anna", service="members-2")
        await town.is_in(after)
        assert {"leader", *roles} == {*(await town.ask("members", "GET", "/api/members/me", after)).json()["roles"]}
        await town.is_out(before) if roles == ["leader"] else await town.is_in(before)


async def test_who_left_comes_back_under_the_same_number_and_nothing_old_comes_alive(town: Town) -> None:
    person = await town.add("anna")
    old = await town.token("anna")
    await town.admin("POST", f"/people/{person}/departure")
    assert (await town.sign_in("anna")).status_code == 401
    back = (await town.admin("POST", f"/people/{person}/return", {"name": "安娜"})).json()
    assert (back["id"], back["name"], back["departed_at"]) == (person, "安娜", None)
    assert [one["field"] for one in back["changes"]] == ["departed_at", "departed_at", "name"]
    await town.is_out(old)
    assert (await town.sign_in("anna")).status_code == 401, "the old password waits for a new one"
    await town.admin("POST", f"/people/{person}/password", {"password": OTHER})
    await town.is_in(await town.token("anna", OTHER))
    await town.admin("POST", f"/people/{person}/departure")
    await town.admin("POST", f"/people/{person}/return", {"keep_password": True})
    await town.is_in(await town.token("anna", OTHER))
    await town.admin("POST", f"/people/{person}/departure")
    again = await town.add("anna", "student")
    assert again == person, "added anew under the same number, it is the same person"
    assert (await town.sign_in("anna", OTHER)).status_code == 401
    assert await town.token("anna")
    key = {"Idempotency-Key": new_id()}
    body = {"username": "anna", "name": "somebody else"}
    taken = await town.ask("members", "POST", "/api/members/people", town.tokens["admin1"], json=body, headers=key)
    assert (taken.status_code, taken.json()["code"]) == (409, "person.username_taken")


async def test_a_disabled_account_tells_so_to_whoever_knows_the_password_and_can_be_enabled(town: Town) -> None:
    person = await town.add("anna")
    shown = (await town.admin("POST", f"/people/{person}/suspension")).json()
    assert shown["disabled_at"] is not None
    right, wrong = await town.sign_in("anna"), await town.sign_in("anna", "guess-guess")
    assert (right.status_code, right.json()["code"]) == (403, "auth.account_disabled")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "auth.bad_credentials")
    assert (await town.admin("POST", f"/people/{person}/reinstatement")).json()["disabled_at"] is None
    await town.is_in(await town.token("anna"))
    await town.admin("POST", f"/people/{person}/departure")
    refused = await town.ask("members", "POST", f"/api/members/people/{person}/suspension", town.tokens["admin1"])
    assert (refused.status_code, refused.json()["code"]) == (409, "person.departed")


async def test_the_last_administrator_is_neither_disabled_nor_lost(town: Town) -> None:
    first = person_id_of("admin1")
    token = await town.token("admin1")
    for command in ("departure", "suspension"):
        refused = await town.ask("members", "POST", f"/api/members/people/{first}/{command}", token)
        assert (refused.status_code, refused.json()["code"]) == (409, "person.last_admin")
    second = await town.add("admin2", "admin")
    await town.admin("POST", f"/people/{second}/suspension")
    refused = await town.ask("members", "POST", f"/api/members/people/{first}/departure", token)
    assert (refused.status_code, refused.json()["code"]) == (409, "person.last_admin"), "a disabled one does not count"
    await town.admin("POST", f"/people/{second}/reinstatement")
    answers = await asyncio.gather(
        *(
            town.ask(service, "POST", f"/api/members/people/{one}/suspension", token)
            for service, one in (("members", first), ("members-2", second))
        )
    )
    assert [one.status_code for one in answers].count(200) <= 1


async def test_a_token_of_an_earlier_release_works_until_its_person_is_taken_out(town: Town) -> None:
    person = await town.add("anna")
    old, _ = town.signer.sign(Actor(person, "anna", frozenset({Role.LEADER})), SystemClock().now())
    await town.is_in(old)
    await town.admin("POST", f"/people/{person}/password", {"password": OTHER})
    await town.is_out(old)


async def test_news_comes_late_twice_and_out_of_order_and_a_later_start_knows_it(town: Town) -> None:
    now = datetime.now(UTC)
    until = now + timedelta(hours=1)

    async def tell(below: int, version: int, forget_at: datetime = until) -> None:
        fact = SessionsEnded(key="person:carl", person_id="carl", below=below, forget_at=forget_at)
        event = Event(new_id(), "/yizhan/members", "carl", now, version, "c", "c", "admin", fact)
        for _ in range(2):
            await town.stream.publish(event.nats_subject, event.to_json(), stream=STREAM)

    token, _ = town.signer.sign(Actor("carl", "carl", frozenset({Role.LEADER})), now)
    await tell(9, 20, now - timedelta(seconds=1))
    assert (await town.ask("reporting", "GET", EVERYWHERE["reporting"], token)).status_code == 200
    await tell(2, 9)
    await tell(1, 4)
    begun = perf_counter()
    while (await town.ask("reporting-2", "GET", EVERYWHERE["reporting"], token)).status_code != 401:
        assert perf_counter() - begun < SOON
        await asyncio.sleep(0.05)
    await town.open_again("reporting-3")
    refused = await town.ask("reporting-3", "GET", EVERYWHERE["reporting"], token)
    assert refused.json()["code"] == "auth.session_ended", "from its first call on"


async def test_guessing_is_slowed_and_refused_and_hurts_nobody_else(town: Town) -> None:
    await town.add("anna")
    away, home = {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "198.51.100.7"}
    entered = await town.sign_in("anna", headers=home)
    device = "; ".join(
        one.partition(";")[0] for one in entered.headers.get_list("set-cookie") if one.startswith("yizhan_device")
    )
    begun = perf_counter()
    answers = await asyncio.gather(*(town.sign_in("anna", f"guess-{number}", headers=away) for number in range(60)))
    took = perf_counter() - begun
    codes = [answer.json()["code"] for answer in answers]
    assert set(codes) == {"auth.bad_credentials", "auth.too_many_tries"}
    # Five are free, then it is one a second; a short pause is waited out.
    most = RULES[Bucket.PAIR].free + ON_THEIR_WAY + PATIENCE.total_seconds() + took
    assert codes.count("auth.bad_credentials") <= most
    slowed = answers[codes.index("auth.too_many_tries")]
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) >= 1
    assert slowed.headers["RateLimit-Remaining"] == "0"
    begun = perf_counter()
    assert (await town.sign_in("anna", headers=home)).status_code == 201
    assert (await town.sign_in("anna", headers=away | {"Cookie": device})).status_code == 201
    assert perf_counter() - begun < 4
    waited = await town.sign_in("anna", headers=away, service="members-2")
    if waited.status_code == 429:
        await asyncio.sleep(int(waited.headers["Retry-After"]))
        waited = await town.sign_in("anna", headers=away, service="members-2")
    assert waited.status_code == 201, "even the guesser's neighbour gets in"


async def test_an_account_that_does_not_exist_answers_as_a_wrong_password_does(town: Town) -> None:
    await town.add("anna")
    for who in ("anna", "nobody-here"):
        answers = [await town.sign_in(who, "guess-guess") for _ in range(3)]
        assert {(one.status_code, one.json()["code"]) for one in answers} == {(401, "auth.bad_credentials")}
        assert {name for one in answers for name in one.headers} & {"set-cookie", "retry-after"} == set()
