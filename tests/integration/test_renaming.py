"""People of an earlier release get keyed ids everywhere, whatever interrupts it, and everything goes on as before."""

import asyncio
import contextlib
import re
from argparse import Namespace
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient

from deploy.local.errors import LocalError
from deploy.local.servers import nats_server
from deploy.local.settings import temporary_settings
from deploy.local.state import Lock
from deploy.nats import migrate
from deploy.nats.content import consumers
from deploy.nats.provision import provision_at
from deploy.operations import renaming, upgrade
from deploy.operations.renaming import Places, rename_people, rewritten
from services.members.people.domain.identity import guessable_id_of
from services.members.people.store import HALF_DONE, KEYED, NOTES
from shared.bus.publisher import message_id
from shared.bus.stream import STREAM
from shared.ids import derive_id, new_id
from tests.support.identities import KEY, key_file, person_id_of

pytestmark = pytest.mark.integration

SERVICES = ("members", "requests", "activities", "reporting")
PASSWORD = "yizhan-demo"
NAMES = ("student1", "student2", "helper1", "helper2", "desk1", "leader1", "admin1")
ROOM, OTHER_ROOM = "east.b1.f1.r101", "east.b1.f1.r102"
FILES = {
    "places": "id,type,name,name_en,capacity\neast,campus,东,East,\neast.b1,building,一栋,B1,\n"
    "east.b1.f1,floor,一层,F1,\n"
    f"{ROOM},room,101,,4\n{OTHER_ROOM},room,102,,4\neast.hall,venue,礼堂,Hall,50\n",
    "units": "id,type,name,parent\nbranch,branch,党支部,\n",
    "people": "username,name,roles,room,units,skills,duty,password\n"
    f"student1,王一,student,{ROOM},branch,,,{PASSWORD}\n"
    f"student2,王二,student,{ROOM},branch,,,{PASSWORD}\n"
    f"helper1,张三,student;helper,{OTHER_ROOM},,errand,,{PASSWORD}\n"
    f"helper2,张四,student;helper,{OTHER_ROOM},,errand,,{PASSWORD}\n"
    f"desk1,赵四,desk,,,,east,{PASSWORD}\n"
    f"leader1,钱五,leader,,,,,{PASSWORD}\n",
}
Json = dict[str, Any]


@dataclass
class Town:
    """The four services in this process, on a broker of their own, and who is signed in."""

    clients: Mapping[str, httpx.AsyncClient]
    tokens: dict[str, str] = field(default_factory=dict[str, str])

    async def ask(self, method: str, path: str, who: str | None = None, **more: Any) -> httpx.Response:
        headers = {"idempotency-key": new_id(), **more.pop("headers", {})}
        if who is not None:
            if who not in self.tokens:
                body = {"username": who, "password": PASSWORD}
                answer = await self.ask("POST", "/api/members/sessions", json=body)
                self.tokens[who] = answer.json()["token"]
            headers["authorization"] = f"Bearer {self.tokens[who]}"
        client = self.clients[path.split("/")[2]]
        client.cookies.clear()
        return await client.request(method, path, headers=headers, **more)

    async def do(self, method: str, path: str, who: str, **more: Any) -> Json:
        answer = await self.ask(method, path, who, **more)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    async def until(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        async with asyncio.timeout(30):
            while not (found := await ask()):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
        return found


@contextlib.asynccontextmanager
async def town(urls: tuple[str, str], run: str, folder: Path) -> AsyncGenerator[Town]:
    """Open the four services on the databases of this run."""
    key_file(folder)
    async with contextlib.AsyncExitStack() as stack:
        clients: dict[str, httpx.AsyncClient] = {}
        for service in SERVICES:
            given = {
                "nats_url": urls[0],
                "mongodb_uri": urls[1],
                "mongodb_database": f"renaming_{run}_{service}",
                "jwks": str(folder / "jwks.json"),
                "signing_key": str(folder / "signing.pem"),
                "person_key": str(folder / "person.key"),
                "admin_password": PASSWORD,
                "log_level": "WARNING",
            }
            settings = import_module(f"services.{service}.settings").Settings
            known = {name: value for name, value in given.items() if name in settings.model_fields}
            app = import_module(f"services.{service}.app").build(settings(**known))
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url="http://test")
            clients[service] = await stack.enter_async_context(client)
        yield Town(clients)


async def settled(here: Town, url: str) -> None:
    """Wait until everything that was told is heard."""
    connection = await nats.connect(url)

    async def quiet() -> bool:
        waiting = [(await here.do("GET", f"/api/{one}/operations", "admin1"))["outbox"] for one in SERVICES]
        told = await consumers(connection.jsm(), STREAM)
        return not any(waiting) and not any(one.num_pending or one.num_ack_pending for one in told)

    await here.until(quiet)
    await connection.close()


async def served(here: Town, request: str, student: str = "student1") -> str:
    """Let whoever was offered the request's leg serve it, and its requester confirm and rate it; return the helper."""

    async def offered() -> tuple[str, str] | None:
        for who in ("helper1", "helper2"):
            mine = await here.do("GET", "/api/requests/my-legs", who)
            legs = [one["id"] for one in mine["items"] if one["request"]["id"] == request]
            if legs:
                return who, legs[0]
        return None

    helper, leg = await here.until(offered)
    for step in ("acceptance", "start", "completion"):
        await here.do("POST", f"/api/requests/{request}/legs/{leg}/{step}", helper, json={})
    rating = {"solved": True, "stars": 5, "comment": "好"}
    await here.do("POST", f"/api/requests/{request}/confirmation", student, json=rating)
    return helper


async def filed(here: Town, title: str) -> str:
    async def known() -> Json | None:
        answer = await here.ask("POST", "/api/requests", "student1", json={"category": "wish.errand", "title": title})
        return answer.json() if answer.status_code == 201 else None

    return (await here.until(known))["id"]


async def lived(here: Town) -> Json:
    """Let a small town live for a while; return what is left open, and what is remembered."""
    for what, text in FILES.items():
        path = f"/api/members/imports?what={what}&dry_run=false"
        answer = await here.do("POST", path, "admin1", content=text.encode(), headers={"content-type": "text/csv"})
        assert answer["errors"] == [], answer
    me = {name: (await here.do("GET", "/api/members/me", name))["id"] for name in NAMES}
    await here.do("POST", "/api/members/duty-areas", "admin1", json={"owner_id": me["helper1"], "places": ["east.b1"]})
    helper = await served(here, await filed(here, "帮忙取一个快递"))
    waits = await filed(here, "帮忙搬一把椅子")
    starts = datetime.now(UTC) + timedelta(minutes=20)
    plan = {
        "title": "夜谈会",
        "category": "study",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(),
        "place": "east.hall",
        "capacity": 9,
        "points": 2,
    }

    async def planned() -> Json | None:
        answer = await here.ask("POST", "/api/activities", "desk1", json=plan)
        return answer.json() if answer.status_code == 201 else None

    activity = (await here.until(planned))["id"]
    base = f"/api/activities/{activity}"
    await here.do("POST", f"{base}/publication", "desk1")
    for who in ("student1", "student2"):
        await here.do("POST", f"{base}/sign-ups", who)
    code = (await here.do("GET", f"{base}/code", "desk1"))["code"]
    await here.do("POST", f"{base}/attendance", "student2", json={"code": code})
    await here.do("POST", f"/api/members/people/{me['student2']}/suspension", "admin1")
    await here.do("POST", f"/api/members/people/{me['student2']}/reinstatement", "admin1")
    return {"me": me, "helper": helper, "waits": waits, "activity": activity, "token": here.tokens["student1"]}


async def figures(here: Town) -> Json:
    """Return what the leaders see, without the moment at which they look."""
    board = await here.do("GET", "/api/reporting/boards/community", "leader1")
    return {key: value for key, value in board.items() if key not in {"as_of", "seq", "generation", "pulse", "trend"}}


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[str]:
    async with nats_server(tmp_path / "nats", sync_interval="2m") as url:
        await provision_at(url)
        yield url


@contextlib.asynccontextmanager
async def places(broker: str, uri: str, run: str, folder: Path) -> AsyncGenerator[Places]:
    client: AsyncMongoClient[Any] = AsyncMongoClient(uri, tz_aware=True)
    connection = await nats.connect(broker)
    databases = {service: client[f"renaming_{run}_{service}"] for service in SERVICES}
    yield Places(databases, connection, signing_key=folder / "signing.pem")
    await connection.close()
    await client.close()


async def everything(there: Places) -> dict[str, bytes]:
    """Return all bytes of every collection, and of the stream with its headers."""
    found: dict[str, bytes] = {}
    raw: CodecOptions[Any] = CodecOptions(document_class=RawBSONDocument)
    for service, database in there.databases.items():
        for name in await database.list_collection_names():
            rows = [one.raw async for one in database.get_collection(name, raw).find({})]
            found[f"{service}.{name}"] = b"\n".join(sorted(bytes(one) for one in rows))
    manager = there.broker.jsm()
    state = (await manager.stream_info(STREAM)).state
    messages = [await manager.get_msg(STREAM, number) for number in range(1, state.last_seq + 1)]
    found["stream"] = b"\n".join(f"{one.subject} {one.headers} ".encode() + (one.data or b"") for one in messages)
    for one in messages:
        event_id = re.search(rb'"id":"([0-9a-f]+)"', one.data or b"")
        assert event_id is not None
        assert (one.headers or {})["Nats-Msg-Id"] == message_id(event_id[1].decode(), one.data or b"")
    return found


async def counts(there: Places) -> dict[str, int]:
    skipped = {"members.tries", f"members.{HALF_DONE}", f"members.{NOTES}"}
    told = {
        f"{service}.{name}": await database[name].count_documents({})
        for service, database in there.databases.items()
        for name in await database.list_collection_names()
    }
    messages = (await there.broker.jsm().stream_info(STREAM)).state.messages
    return {name: count for name, count in told.items() if name not in skipped} | {"stream": messages}


def old_ids() -> set[bytes]:
    """Return every id that can be worked out from account names alone."""
    people = {guessable_id_of(name) for name in NAMES}
    derived = {
        derive_id(*parts, old, str(version))
        for old in people
        for parts in (("/yizhan/members", "people"), ("/yizhan/members",), ("/yizhan/members/accounts", "accounts"))
        for version in range(1, 20)
    }
    return {one.encode() for one in people | derived}


class CrashError(Exception):
    """The machine lost its power."""


def crashing(patch: pytest.MonkeyPatch, where: Any, name: str, at: int) -> None:
    """Let the call of this part of the renaming fail that comes after so many others."""
    real = getattr(where, name)
    calls = 0

    async def fails(*args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > at:
            raise CrashError(name)
        return await real(*args, **more)

    patch.setattr(where, name, fails)


async def test_people_of_an_earlier_release_get_new_ids_everywhere(
    broker: str, mongodb_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, folder, urls = new_id()[:8], tmp_path / "keys", (broker, mongodb_uri)
    with monkeypatch.context() as earlier:
        for room in ("people.queries", "imports.handlers"):
            module = import_module(f"services.members.{room}")
            earlier.setattr(module, "person_id_of", lambda _key, username: guessable_id_of(username))
        async with town(urls, run, folder) as here:
            left = await lived(here)
            await settled(here, broker)
            before = await figures(here)
            async with places(broker, mongodb_uri, run, folder) as there:
                with pytest.raises(LocalError, match="running still"):
                    await rename_people(there, KEY)
    assert left["me"] == {name: guessable_id_of(name) for name in NAMES}
    async with places(broker, mongodb_uri, run, folder) as there:
        held = b"".join((await everything(there)).values())
        assert len([one for one in old_ids() if one in held]) > 2 * len(NAMES)
        counted = await counts(there)
        await _interrupted(there)
        assert await rename_people(there, KEY) == len(NAMES)
        held = b"".join((await everything(there)).values())
        assert [one for one in old_ids() if one in held] == []
        assert await counts(there) == counted
        assert await rename_people(there, KEY) == 0
        assert await there.databases["members"][NOTES].find_one({"_id": KEYED}) is not None
        assert b"".join((await everything(there)).values()) == held
    async with town(urls, run, folder) as here:
        await _goes_on(here, left, before, broker)


async def _interrupted(there: Places) -> None:
    """Fail at step after step; each run goes on where the one before had to stop."""
    reached: set[str] = set()
    while "_rewrite_stream" not in reached:
        with pytest.MonkeyPatch.context() as patch:
            crashing(patch, renaming, "_write", 2)
            crashing(patch, renaming, "_rewrite_stream", 0)
            with pytest.raises(CrashError) as crash:
                await rename_people(there, KEY)
        reached.add(str(crash.value))
    for where, name in (
        (migrate._Moving, "_put"),
        (migrate._Moving, "_mark"),
        (migrate._Moving, "_fill"),
        (migrate._Moving, "_make_durables"),
        (renaming, "_note"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            crashing(patch, where, name, 0)
            with pytest.raises(CrashError, match=name):
                await rename_people(there, KEY)
    assert reached == {"_write", "_rewrite_stream"}


async def _goes_on(here: Town, left: Json, before: Json, broker: str) -> None:
    """What was filed before is served and rated, points and figures are what they were, and old tokens are no good."""
    refused = await here.ask("GET", "/api/members/me", headers={"authorization": f"Bearer {left['token']}"})
    assert refused.status_code == 401
    for name in NAMES:
        assert (await here.do("GET", "/api/members/me", name))["id"] == person_id_of(name)
    assert await figures(here) == before
    attended = await here.do("GET", "/api/members/points/mine", "student2")
    assert (attended["balance"], attended["entries"][0]["id"]) == (
        2,
        derive_id("activity", left["activity"], person_id_of("student2")),
    )
    earned = {who: (await here.do("GET", "/api/members/points/mine", who))["balance"] for who in ("helper1", "helper2")}
    assert earned == {"helper1": 0, "helper2": 0} | {left["helper"]: 2}
    helper = await served(here, left["waits"])
    earned[helper] += 2

    async def vested() -> bool:
        return (await here.do("GET", "/api/members/points/mine", helper))["balance"] == earned[helper]

    await here.until(vested)
    names = await here.do("GET", f"/api/members/names?ids={person_id_of('student1')}", helper)
    assert names["names"] == {person_id_of("student1"): "王一"}
    await settled(here, broker)
    shown = await figures(here)
    rebuilt = await here.do("POST", "/api/reporting/rebuilds", "admin1")
    assert rebuilt

    async def over() -> bool:
        return not (await here.do("GET", "/api/reporting/rebuilds", "admin1"))["building"]

    await here.until(over)
    assert await figures(here) == shown


def test_the_command_starts_the_servers_of_this_machine_and_says_that_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = temporary_settings(tmp_path)
    assert upgrade.run(settings, Namespace()) == 0
    assert upgrade.NOTHING in capsys.readouterr().out
    assert settings.person_key.is_file()
    with Lock(settings.directory) as running:
        assert running.take()
        assert upgrade.run(settings, Namespace()) == 1
    assert "stop it first" in capsys.readouterr().err


def test_only_whole_ids_are_replaced() -> None:
    table = {b"a" * 26: b"b" * 26}
    old, new = b"a" * 26, b"b" * 26
    assert rewritten(table, b'{"x":"' + old + b'"}') == b'{"x":"' + new + b'"}'
    assert rewritten(table, b"person:" + old + b">" + old) == b"person:" + new + b">" + new
    for other in (old + b"0", b"0" + old, old[:-1], b"c" * 26):
        assert rewritten(table, other) == other


class Said:
    """A logger that keeps what it was told."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, event: str, **_more: object) -> None:
        self.warnings.append(event)

    def info(self, event: str, **_more: object) -> None:
        """Keep nothing."""


async def test_a_start_says_that_people_wait_for_new_ids_and_goes_on(
    broker: str, mongodb_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, folder, urls = new_id()[:8], tmp_path / "keys", (broker, mongodb_uri)

    async def started(as_whom: str) -> list[str]:
        said = Said()
        monkeypatch.setattr("services.members.people.topic.log", said)
        async with town(urls, run, folder) as here:
            assert (await here.do("GET", "/api/members/me", "admin1"))["id"] == as_whom
        return said.warnings

    old, new = guessable_id_of("admin1"), person_id_of("admin1")
    with monkeypatch.context() as earlier:
        module = import_module("services.members.people.queries")
        earlier.setattr(module, "person_id_of", lambda _key, username: guessable_id_of(username))
        await started(old)
    assert await started(old) == ["members.guessable_ids"]
    async with places(broker, mongodb_uri, run, folder) as there:
        with pytest.MonkeyPatch.context() as patch:
            crashing(patch, renaming, "_write", 0)
            with pytest.raises(CrashError):
                await rename_people(there, KEY)
        assert "members.renaming_half_done" in await started(old)
        assert await rename_people(there, KEY) == 1
    assert await started(new) == []
