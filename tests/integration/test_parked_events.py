"""Parked events on real servers: a poison event blocks nobody, and is listed, shown, replayed and discarded by HTTP."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from shared.auth.actor import Actor
from shared.auth.tokens import Signer
from shared.bus.consumers import hears, hears_batch
from shared.bus.outcome import Done, Outcome, Refused
from shared.bus.stream import STREAM
from shared.clock import SystemClock
from shared.config import ServiceSettings
from shared.contracts.event import Event, Fact
from shared.contracts.members import DutyAreaReleased, PersonDeparted, Role
from shared.contracts.requests.request import RequestFiled
from shared.contracts.stages import Channel, Kind, Visibility
from shared.contracts.stages import Stage as RequestStage
from shared.ids import new_id
from shared.observability.metrics import PARKED
from shared.runtime import service_app
from shared.store.aggregates import MongoDocuments
from shared.store.document import Because, Conflict, change
from shared.store.mongo import Upsert
from shared.topic import Runtime, Stored, Topic
from tests.support.stage import Counter, declare, settings_for

pytestmark = pytest.mark.integration

CLOCK = SystemClock()
ADMIN = Actor("the-admin", "admin", frozenset({Role.ADMIN}))
AT = "/api/members/parked"
LIMIT = 3


@dataclass
class Cause:
    """Why events fail at present: a fault in these consumers for some ids. Nothing is wrong with any other."""

    faulty: set[str] = field(default_factory=set)
    racing: set[str] = field(default_factory=set)
    unstorable: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    gate: asyncio.Event = field(default_factory=asyncio.Event)


class Counting:
    """Consumers that count each person once in the store, and that have the faults of `cause`."""

    def __init__(self, counters: MongoDocuments[Counter], cause: Cause) -> None:
        self.counters = counters
        self.cause = cause
        self.tried: list[str] = []
        self.handled: list[str] = []
        cause.gate.set()

    @hears("test-singly", PersonDeparted, RequestFiled)
    async def on_one(self, event: Event[Any]) -> Outcome:
        who = event.subject
        self.tried.append(who)
        if who in self.cause.faulty:
            raise KeyError(who)
        if who in self.cause.racing:
            raise Conflict(who)
        if who in self.cause.refused:
            return Refused("person.stale_news")
        await self.cause.gate.wait()
        because = Because("tester", event.id, None, CLOCK.now(), dedup_key=event.id)
        await self.counters.create(who, Counter(), [], Because("tester", who, None, CLOCK.now()))
        await change(self.counters, who, lambda state: (Counter(state.count + 1), []), because)
        self.handled.append(who)
        return Done()

    @hears_batch("test-batches", DutyAreaReleased)
    async def on_many(self, events: Sequence[Event[DutyAreaReleased]]) -> Sequence[Outcome]:
        areas = [event.subject for event in events]
        self.tried += areas
        if faulty := self.cause.faulty & set(areas):
            raise KeyError(*faulty)
        updates = [
            {"$max": {"a.b": 1, "a": 1}} if area in self.cause.unstorable else {"$max": {"a": 1}} for area in areas
        ]
        await self.counters.collection.upsert_many(
            [Upsert({"_id": area}, update) for area, update in zip(areas, updates, strict=True)]
        )
        self.handled += areas
        return [Done()] * len(events)


@dataclass
class Hall:
    """A running service with those consumers, an administrator's calls, and the stream."""

    app: FastAPI
    http: httpx.AsyncClient
    signer: Signer
    stream: Any
    consumers: Counting
    cause: Cause

    async def ask(self, method: str, path: str = "", who: Actor = ADMIN, **more: Any) -> httpx.Response:
        token, _ = self.signer.sign(who, CLOCK.now())
        return await self.http.request(method, AT + path, headers={"Authorization": f"Bearer {token}"}, **more)

    async def listed(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.ask("GET", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def tell(self, fact: type[Fact], subject: str, **data: Any) -> bytes:
        raw = event_of(fact, subject, **data).to_json()
        await self.stream.publish(fact.SUBJECT, raw, stream=STREAM)
        return raw

    async def parked(self, many: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(20):
            while True:
                if len(found := await self.listed()) >= many:
                    return found
                await asyncio.sleep(0.05)

    async def gauge(self, durable: str) -> float:
        lines = (await self.http.get("/metrics")).text.splitlines()
        wanted = f'yizhan_parked_events{{durable="{durable}"}} '
        return next(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted))


def event_of(fact: type[Fact], subject: str, **data: Any) -> Event[Fact]:
    content = {PersonDeparted: {"person_id": subject}, DutyAreaReleased: {"area_id": subject}}.get(fact, data)
    return Event(new_id(), "/yizhan/members", subject, CLOCK.now(), 1, "c", "c", "tester", fact.model_validate(content))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def opened(hall_of: ServiceSettings, signer: Signer, nats_url: str, cause: Cause) -> AsyncGenerator[Hall, None]:
    """Run the service once; a second time on the same database it is a restart."""
    consumers: list[Counting] = []

    async def opens(runtime: Runtime[ServiceSettings]) -> None:
        consumers.append(Counting(runtime.documents(Counter), cause))
        runtime.consumers.extend(consumers)

    topic = Topic[ServiceSettings](opens, documents=[Stored("counters", Counter)])
    app = service_app("members", hall_of, [topic])
    connection = await nats.connect(nats_url)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", timeout=20) as client,
    ):
        yield Hall(app, client, signer, connection.jetstream(), consumers[0], cause)
    await connection.close()


@dataclass
class Stage:
    """What a hall is opened on."""

    settings: ServiceSettings
    signer: Signer
    nats_url: str
    cause: Cause = field(default_factory=Cause)

    def open(self) -> contextlib.AbstractAsyncContextManager[Hall]:
        return opened(self.settings, self.signer, self.nats_url, self.cause)


@pytest.fixture
async def stage(nats_url: str, mongodb_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr("shared.bus.runner.LOGIC_FAULT_LIMIT", LIMIT)
    connection = await nats.connect(nats_url)
    manager = connection.jsm()
    if STREAM in {one.config.name for one in await manager.streams_info()}:
        await manager.delete_stream(STREAM)
    await connection.close()
    await declare(nats_url, Counting)
    signer = Signer(Ed25519PrivateKey.generate())
    (tmp_path / "jwks.json").write_text(json.dumps(signer.jwks))
    driver = os.environ.get("MONGODB_DRIVER") or "motor"
    settings = settings_for(nats_url, mongodb_uri, f"t_{new_id()}", driver)
    return Stage(settings.model_copy(update={"jwks": str(tmp_path / "jwks.json")}), signer, nats_url)


@pytest.fixture
async def hall(stage: Stage) -> AsyncIterator[Hall]:
    async with stage.open() as hall:
        yield hall
        await hall.app.state.runtime.database.drop()


@pytest.mark.parametrize("fact", [PersonDeparted, DutyAreaReleased], ids=["one by one", "in batches"])
async def test_a_poison_event_blocks_nobody(hall: Hall, fact: type[Fact]) -> None:
    poison, *fine = (new_id() for _ in range(30))
    hall.cause.faulty.add(poison)
    for raw in (b"\xff\x00", b"{"):
        await hall.stream.publish(fact.SUBJECT, raw, stream=STREAM)
    for who in (fine[0], poison, *fine[1:], poison):
        await hall.tell(fact, who)
    found = await hall.parked(4)
    assert sorted(hall.consumers.handled) == sorted(fine)
    last_try = max(at for at, who in enumerate(hall.consumers.tried) if who == poison)
    assert all(hall.consumers.tried.index(who) < last_try for who in fine)
    assert [one["type"] for one in found].count(fact.type_name()) == 2
    assert {one["attempts"] for one in found if one["type"]} == {LIMIT}
    assert {one["attempts"] for one in found if not one["type"]} == {1}


async def test_a_write_that_can_never_be_is_parked_and_holds_up_no_batch(hall: Hall) -> None:
    poison, *fine = (new_id() for _ in range(10))
    hall.cause.unstorable.add(poison)
    for who in (poison, *fine):
        await hall.tell(DutyAreaReleased, who)
    [one] = await hall.parked(1)
    assert one["type"] == DutyAreaReleased.type_name()
    assert set(hall.consumers.handled) == set(fine)


async def test_parked_events_are_listed_newest_first_page_by_page_and_by_durable(hall: Hall) -> None:
    for raw in (b"a", b"b", b"c"):
        await hall.stream.publish(PersonDeparted.SUBJECT, raw, stream=STREAM)
    await hall.stream.publish(DutyAreaReleased.SUBJECT, b"d", stream=STREAM)
    found = await hall.parked(4)
    assert [one["parked_at"] for one in found] == sorted((one["parked_at"] for one in found), reverse=True)
    assert [one["sequence"] for one in await hall.listed(durable="test-batches")] == [4]
    assert {one["sequence"] for one in await hall.listed(durable="test-singly")} == {1, 2, 3}
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(4):
        page = (await hall.ask("GET", params={"limit": 1, **cursor})).json()
        seen += [one["id"] for one in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert cursor == {"cursor": None}
    assert seen == [one["id"] for one in found]


async def test_a_parked_event_is_shown_as_json_as_text_or_in_base64(hall: Hall) -> None:
    for raw in (b'{"id": "x", "type": "none"}', b"garbled {", b"\xff\x00\x01"):
        await hall.stream.publish(PersonDeparted.SUBJECT, raw, stream=STREAM)
    rows = {one["sequence"]: one for one in await hall.parked(3)}
    shown = {at: (await hall.ask("GET", f"/{row['id']}")).json() for at, row in rows.items()}
    assert shown[1]["event"] == {"id": "x", "type": "none"}
    assert (shown[1]["text"], shown[1]["base64"]) == (None, None)
    assert shown[2]["text"] == "garbled {"
    assert shown[3]["base64"] == "/wAB"
    assert shown[3]["text"] is None
    assert all(one["heard"] and not one["withheld"] for one in shown.values())
    assert all(one["subject"] == PersonDeparted.SUBJECT and one["reason"] for one in shown.values())


async def test_of_a_sealed_request_the_envelope_alone_is_shown(hall: Hall) -> None:
    who = new_id()
    hall.cause.faulty.add(who)
    now = CLOCK.now()
    filed = RequestFiled(
        request_id=who, stage=RequestStage.SUBMITTED, kind=Kind.COUNSEL, category="counsel.mood", channel=Channel.DESK,
        visibility=Visibility.SEALED, urgent=False, requester_id="r", filed_by_id="r", place="north.b1", filed_at=now,
    )  # fmt: skip
    await hall.tell(RequestFiled, who, **filed.model_dump())
    [row] = await hall.parked(1)
    shown = (await hall.ask("GET", f"/{row['id']}")).json()
    assert shown["withheld"]
    assert shown["event"]["subject"] == who
    assert shown["event"]["data"] is None
    assert "counsel.mood" not in json.dumps(shown)


async def test_a_replay_fails_while_the_cause_stands_and_works_when_it_is_gone(hall: Hall) -> None:
    who = new_id()
    hall.cause.faulty.add(who)
    await hall.tell(PersonDeparted, who)
    [row] = await hall.parked(1)
    for attempts in (LIMIT + 1, LIMIT + 2):
        told = (await hall.ask("POST", f"/{row['id']}/replay")).json()
        assert (told["outcome"], told["kept"], told["attempts"]) == ("parked", True, attempts)
        assert "KeyError" in told["reason"]
    [after] = await hall.listed()
    assert after["attempts"] == LIMIT + 2
    assert after["tried_at"] > row["parked_at"]
    hall.cause.faulty.clear()
    hall.cause.racing.add(who)
    told = (await hall.ask("POST", f"/{row['id']}/replay")).json()
    assert (told["outcome"], told["kept"]) == ("retry", True)
    hall.cause.racing.clear()
    told = (await hall.ask("POST", f"/{row['id']}/replay")).json()
    assert (told["outcome"], told["kept"], told["reason"]) == ("done", False, None)
    assert await hall.listed() == []
    assert (await hall.consumers.counters.load(who)).state.count == 1  # type: ignore[union-attr]
    again = await hall.ask("POST", f"/{row['id']}/replay")
    assert (again.status_code, again.json()["code"]) == (404, "parked.not_found")


async def test_a_replay_that_a_rule_refuses_says_so_and_ends_the_parking(hall: Hall) -> None:
    who = new_id()
    hall.cause.faulty.add(who)
    await hall.tell(PersonDeparted, who)
    [row] = await hall.parked(1)
    hall.cause.faulty.clear()
    hall.cause.refused.add(who)
    told = (await hall.ask("POST", f"/{row['id']}/replay")).json()
    assert (told["outcome"], told["kept"], told["reason"]) == ("refused", False, "person.stale_news")
    assert await hall.listed() == []


async def test_replays_by_two_and_the_same_event_arriving_again_count_once(hall: Hall) -> None:
    who = new_id()
    hall.cause.faulty.add(who)
    raw = await hall.tell(PersonDeparted, who)
    [row] = await hall.parked(1)
    hall.cause.faulty.clear()
    hall.cause.gate.clear()
    before = len(hall.consumers.tried)
    replays = [asyncio.create_task(hall.ask("POST", f"/{row['id']}/replay")) for _ in range(2)]
    await hall.stream.publish(PersonDeparted.SUBJECT, raw, stream=STREAM)
    await until(lambda: len(hall.consumers.tried) == before + 3)
    assert len(await hall.listed()) == 1, "it leaves only after its effect is committed"
    hall.cause.gate.set()
    assert [(one.status_code, one.json()["outcome"]) for one in await asyncio.gather(*replays)] == [(200, "done")] * 2
    await until(lambda: hall.consumers.handled.count(who) == 3)
    assert (await hall.consumers.counters.load(who)).state.count == 1  # type: ignore[union-attr]
    assert await hall.listed() == []


async def test_a_discarded_event_is_kept_with_who_when_and_why_and_handled_no_more(hall: Hall) -> None:
    await hall.stream.publish(PersonDeparted.SUBJECT, b"garbled", stream=STREAM)
    [row] = await hall.parked(1)
    at = f"/{row['id']}"
    for body in ({}, {"reason": ""}, {"reason": "  \n "}):
        answer = await hall.ask("POST", f"{at}/discard", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "http.body_invalid")
    told = (await hall.ask("POST", f"{at}/discard", json={"reason": "sent by hand, by mistake"})).json()
    assert told["discarded"]["by"] == ADMIN.id
    assert told["discarded"]["reason"] == "sent by hand, by mistake"
    assert await hall.listed() == []
    assert [one["id"] for one in await hall.listed(discarded=True)] == [row["id"]]
    assert (await hall.ask("GET", at)).json()["discarded"] == told["discarded"]
    for path in (f"{at}/replay", f"{at}/discard"):
        answer = await hall.ask("POST", path, json={"reason": "again"})
        assert (answer.status_code, answer.json()["code"]) == (409, "parked.discarded")
    desk = hall.app.state.parked
    await desk.parking.put(await desk.parking.find(row["id"]))
    assert await hall.listed() == [], "parked again, it stays discarded"


async def test_an_event_of_a_durable_that_is_no_more_can_only_be_discarded(hall: Hall) -> None:
    await hall.stream.publish(PersonDeparted.SUBJECT, b"garbled", stream=STREAM)
    [row] = await hall.parked(1)
    hall.app.state.parked.runners.pop("test-singly")
    assert (await hall.ask("GET", f"/{row['id']}")).json()["heard"] is False
    answer = await hall.ask("POST", f"/{row['id']}/replay")
    assert (answer.status_code, answer.json()["code"]) == (409, "parked.no_door")
    assert (await hall.ask("POST", f"/{row['id']}/discard", json={"reason": "nobody hears it"})).status_code == 200


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
async def test_parked_events_are_for_administrators(hall: Hall, role: Role) -> None:
    assert (await hall.ask("GET", who=Actor("x", "x", frozenset({role})))).status_code == 403


async def test_the_gauge_is_right_after_each_change_and_after_a_restart(stage: Stage) -> None:
    async with stage.open() as hall:
        for raw in (b"a", b"b", b"c"):
            await hall.stream.publish(PersonDeparted.SUBJECT, raw, stream=STREAM)
        rows = await hall.parked(3)
        await hall.ask("POST", f"/{rows[0]['id']}/discard", json={"reason": "not needed"})
        assert await hall.gauge("test-singly") == 2
        assert await hall.gauge("test-batches") == 0
        token, _ = hall.signer.sign(ADMIN, CLOCK.now())
        headers = {"Authorization": f"Bearer {token}"}
        look = (await hall.http.get("/api/members/operations", headers=headers)).json()
        assert (look["store"], look["bus"], look["outbox"]) == (True, True, 0)
        assert look["durables"] == [
            {"name": "test-batches", "pending": 0, "unsettled": 0, "parked": 0},
            {"name": "test-singly", "pending": 0, "unsettled": 0, "parked": 2},
        ]
    PARKED.labels(durable="test-singly").set(99)
    async with stage.open() as hall:
        assert await hall.gauge("test-singly") == 2
        await hall.app.state.runtime.database.drop()
