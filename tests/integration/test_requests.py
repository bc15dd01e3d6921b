"""The whole of `requests` on the real broker and store: HTTP in, facts out, an outside system that comes and goes."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Request, Response
from standardwebhooks.webhooks import Webhook

from deploy.nats.provision import provision_at
from services.requests.app import build
from services.requests.clocks.handlers import ring_due_clocks
from services.requests.logistics.handlers import poll_silent_legs
from services.requests.settings import Settings
from shared.auth.actor import Actor
from shared.auth.tokens import Signer
from shared.bus.stream import STREAM
from shared.contracts.event import Event, Fact
from shared.contracts.members import HelperNotFound, HelperProposed, PersonRegistered, PlaceAdded, PlaceType, Role
from shared.ids import new_id
from shared.ports import Ports

pytestmark = pytest.mark.integration

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
ROOM = "east.b3.f4.r407"
SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
HOOK = "/hooks/logistics/campus-repairs"
ROLES = {
    "student": Role.STUDENT,
    "mate": Role.STUDENT,
    "helper": Role.HELPER,
    "desk": Role.DESK,
    "leader": Role.LEADER,
    "counsellor": Role.COUNSELLOR,
    "named": Role.STUDENT,
}


class MovableClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


@dataclass
class RepairSystem:
    """An outside system: what it answers, and what it was told."""

    status: int = 503
    body: Any = None
    closed: bool = False
    told: list[dict[str, str]] = field(default_factory=list)
    base: str = ""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/open311/v2/requests.json")
        async def post(call: Request) -> Response:
            form = {key: str(value) for key, value in (await call.form()).items()}
            self.told.append({**form, "key": call.headers["idempotency-key"]})
            return Response(json.dumps(self.body), self.status, media_type="application/json")

        @app.get("/open311/v2/requests/{number}.json")
        async def get(number: str) -> list[dict[str, str]]:
            status = "closed" if self.closed else "open"
            return [{"service_request_id": number, "status": status, "status_notes": "seen"}]

        @app.get("/open311/v2/tokens/{token}.json")
        async def token(token: str) -> list[dict[str, str]]:
            return [{"service_request_id": f"of-{token}", "token": token}]

        return app

    def takes(self, **row: str) -> None:
        self.status, self.body = 200, [row]


@dataclass
class Stage:
    """A running service, and people who speak to it."""

    clock: MovableClock
    signer: Signer
    http: httpx.AsyncClient
    stream: Any
    repairs: RepairSystem
    rooms: Any = None

    async def ask(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        place = None if who == "desk" else ROOM
        token, _ = self.signer.sign(Actor(who, who, frozenset({ROLES[who]}), place), NOW, timedelta(days=90))
        told = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        return await self.http.request(method, f"/api/requests{path}", json=body, headers=told)

    async def file(self, who: str = "student", key: str | None = None, **change: Any) -> httpx.Response:
        body = {"category": "wish.errand", "title": "买药", "text": "感冒了"} | change
        return await self.ask(who, "POST", "", body, idempotency_key=key or new_id())

    async def hear(self, fact: Fact, version: int = 1) -> None:
        event = Event(new_id(), "/yizhan/members", new_id(), NOW, version, "seed", "seed", "seed", fact)
        await self.stream.publish(event.nats_subject, event.to_json(), stream=STREAM)

    async def propose(self, request: dict[str, Any], helper: str | None = "helper", round_: int = 1) -> None:
        told = {"request_id": request["id"], "leg_id": request["legs"][-1]["id"], "round": round_, "considered": 1}
        fact = (
            HelperNotFound(**told, why={})
            if helper is None
            else HelperProposed(**told, helper_id=helper, score=1.0, reasons=())
        )
        await self.hear(fact)

    async def until(
        self, request_id: str, holds: Callable[[dict[str, Any]], bool], who: str = "student"
    ) -> dict[str, Any]:
        request: dict[str, Any] = {}
        for _ in range(160):
            request = (await self.ask(who, "GET", f"/{request_id}")).json()
            if holds(request):
                return request
            await asyncio.sleep(0.05)
        pytest.fail(f"never came true: {request}")

    async def told(self, request_id: str, last: str) -> list[str]:
        """Return the types of the facts that the stream holds of one request, once the last one is there."""
        found: list[str] = []
        for _ in range(100):
            subscription = await self.stream.subscribe("yizhan.requests.>", ordered_consumer=True)
            pending = (await subscription.consumer_info()).num_pending
            events = [json.loads((await subscription.next_msg(5)).data) for _ in range(pending)]
            await subscription.unsubscribe()
            mine = sorted((e["aggregateversion"], e["type"]) for e in events if e["subject"] == request_id)
            found = [name.removeprefix("requests.").removesuffix(".v1") for _, name in mine]
            if found and found[-1] == last:
                assert len({version for version, _ in mine}) == len(mine)
                return found
            await asyncio.sleep(0.05)
        pytest.fail(f"told {found}")

    async def hook(self, body: Any, webhook_id: str = "w1", path: str = HOOK, secret: str = SECRET) -> httpx.Response:
        raw = json.dumps(body)
        at = datetime.now(UTC)
        headers = {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(webhook_id, at, raw),
        }
        return await self.http.post(path, content=raw, headers=headers)


@pytest.fixture
async def repairs() -> AsyncIterator[RepairSystem]:
    system = RepairSystem()
    server = uvicorn.Server(uvicorn.Config(system.app(), port=0, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    for _ in range(500):
        await asyncio.sleep(0.02)
        if server.started:
            break
    port = server.servers[0].sockets[0].getsockname()[1]
    system.base = f"http://127.0.0.1:{port}/open311/v2"
    yield system
    server.should_exit = True
    await serving


@pytest.fixture
async def stage(nats_url: str, mongodb_uri: str, tmp_path: Path, repairs: RepairSystem) -> AsyncIterator[Stage]:
    await provision_at(nats_url)
    signer = Signer(Ed25519PrivateKey.generate())
    (tmp_path / "jwks.json").write_text(json.dumps(signer.jwks))
    settings = Settings.model_validate(
        {
            "nats_url": nats_url,
            "mongodb_uri": mongodb_uri,
            "mongodb_database": f"test_{new_id()}",
            "jwks": str(tmp_path / "jwks.json"),
            "open311_url": repairs.base,
            "open311_api_key": "key",
            "logistics_webhook_secret": SECRET,
            "sealed_readers": "named, another",
            "clocks_every": 3600,
            "poll_every": 3600,
        }
    )
    clock = MovableClock()
    app = build(settings, Ports(clock=clock))
    client = await nats.connect(nats_url)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            stage = Stage(clock, signer, http, client.jetstream(), repairs, app.state.rooms)
            await _tell_of_the_campus(stage)
            yield stage
        await app.state.runtime.database.drop()
    await client.close()


async def _tell_of_the_campus(stage: Stage) -> None:
    await stage.hear(PlaceAdded(place_id=ROOM, type=PlaceType.ROOM, name="407", capacity=4))
    for person, role in ROLES.items():
        home = ROOM if person in {"student", "mate"} else "east.b3.f2.r201"
        fact = PersonRegistered(
            person_id=person, roles=(role,), place=home, unit_ids=(), party_member=False, reachable=True
        )
        await stage.hear(fact)
    learnt = stage.rooms.casework.learnt
    missing: set[str] = {ROOM, *ROLES}
    for _ in range(800):  # as long as the broker may take to deliver again what a batch left behind
        residents = {person for person in ROLES if await learnt.resident(person)}
        missing = {*ROLES} - residents | (set() if await learnt.knows_place(ROOM) else {ROOM})
        if not missing:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"never heard of {missing}")


def closed(number: str = "311-1", **more: str) -> dict[str, Any]:
    data = {"service_request_id": number, "status": "closed", **more}
    return {"type": "service_request.updated", "timestamp": "2026-09-01T08:00:00Z", "data": data}


async def test_a_wish_runs_from_filing_to_a_confirmed_closing(stage: Stage) -> None:
    answer = await stage.file()
    assert answer.status_code == 201
    request = answer.json()
    assert (request["stage"], request["place"], request["may"]) == ("matching", ROOM, ["cancel"])
    assert answer.headers["etag"] == f'"{request["version"]}"'
    await stage.propose(request)
    await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "offered")
    mine = (await stage.ask("helper", "GET", "/my-legs")).json()["items"]
    assert [(leg["may"], leg["request"]["title"]) for leg in mine] == [(["accept", "decline"], "买药")]
    leg = f"/{request['id']}/legs/{mine[0]['id']}"
    for command, body in (("acceptance", None), ("start", None), ("completion", {"note": "done"})):
        answer = await stage.ask("helper", "POST", f"{leg}/{command}", body)
        assert answer.status_code == 200, answer.text
    answer = await stage.ask("student", "POST", f"/{request['id']}/confirmation", {"solved": True, "stars": 5})
    assert (answer.json()["stage"], answer.json()["rating"]["stars"]) == ("closed_confirmed", 5)
    assert await stage.told(request["id"], "request.closed") == [
        "request.filed",
        "request.triaged",
        "leg.opened",
        "leg.offered",
        "leg.accepted",
        "request.contacted",
        "leg.started",
        "leg.done",
        "request.resolved",
        "request.rated",
        "request.closed",
    ]
    assert (await stage.ask("helper", "GET", "/my-legs")).json()["items"] == []
    assert len((await stage.ask("helper", "GET", "/my-legs?state=all")).json()["items"]) == 1
    rated = await stage.ask("student", "POST", f"/{request['id']}/rating", {"stars": 4})
    assert rated.json()["rating"]["revision"] == 2
    again = await stage.ask("student", "POST", f"/{request['id']}/reopening", {"reason": "again"})
    assert again.json()["stage"] == "matching"


async def test_one_key_files_once(stage: Stage) -> None:
    first, second = await asyncio.gather(stage.file(key="k"), stage.file(key="k"))
    assert {first.status_code, second.status_code} == {200, 201}
    assert first.json()["id"] == second.json()["id"]
    other = await stage.file(key="k", title="别的")
    assert (other.status_code, other.json()["code"]) == (409, "http.idempotency_key_reused")
    assert len((await stage.ask("student", "GET", "/mine")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("who", "change", "status", "code"),
    [
        ("student", {"category": "nonsense"}, 422, "request.unknown_category"),
        ("student", {"place": "east.b9"}, 422, "request.unknown_place"),
        ("student", {"place": "Not A Place"}, 422, "http.body_invalid"),
        ("student", {"requester_id": "mate"}, 403, "request.only_for_yourself"),
        ("student", {"urgent": "yes"}, 422, "http.body_invalid"),
        ("student", {"colour": "red"}, 422, "http.body_invalid"),
        ("student", {"title": "x" * 81}, 422, "http.body_invalid"),
        ("desk", {"requester_id": "nobody"}, 422, "request.unknown_requester"),
        ("desk", {}, 422, "request.place_missing"),
    ],
)
async def test_a_form_that_does_not_fit_is_refused(
    stage: Stage, who: str, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await stage.file(who, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_desk_works_its_queue(stage: Stage) -> None:
    filed = (await stage.file("desk", requester_id="student")).json()
    assert (filed["channel"], filed["place"], filed["filed_by_id"]) == ("desk", ROOM, "desk")
    page = (await stage.ask("desk", "GET", "/queue?limit=1&kind=wish&building=east.b3&q=买&overdue=false")).json()
    assert [row["id"] for row in page["items"]] == [filed["id"]]
    assert (page["counts"]["total"], page["counts"]["matching"], page["counts"]["coordinator"]) == (1, 1, 0)
    second = (await stage.file()).json()
    await stage.propose(second, None)
    await stage.until(second["id"], lambda seen: seen["needs"] == ["coordinator"])
    first_page = (await stage.ask("desk", "GET", "/queue?limit=1")).json()
    next_page = (await stage.ask("desk", "GET", f"/queue?limit=1&cursor={first_page['next_cursor']}")).json()
    assert {row["id"] for row in (*first_page["items"], *next_page["items"])} == {filed["id"], second["id"]}
    assert (next_page["next_cursor"], next_page["counts"]) == (None, None)
    needing = (await stage.ask("desk", "GET", "/queue?needs=coordinator&stage=matching&stage=triaged")).json()
    assert [row["id"] for row in needing["items"]] == [second["id"]]
    assign = f"/{second['id']}/legs/{second['legs'][0]['id']}/assignment"
    for helper, status, code in (("mate", 409, "leg.helper_excluded"), ("nobody", 422, "leg.unknown_helper")):
        answer = await stage.ask("desk", "POST", assign, {"helper_id": helper})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await stage.ask("desk", "POST", assign, {"helper_id": "helper"})).json()["needs"] == []
    path = f"/{filed['id']}"
    for command, body, stage_after in (
        ("triage", {"urgent": True}, "matching"),
        ("contact", {"note": "called"}, "matching"),
        ("hold", {"reason": "away", "for_requester": True}, "on_hold"),
        ("resumption", None, "matching"),
        ("legs", {"kind": "helper", "skill": "moving"}, "matching"),
        ("rejection", {"reason": "no", "alternative": "yes"}, "rejected"),
    ):
        answer = await stage.ask("desk", "POST", f"{path}/{command}", body)
        assert (answer.status_code, answer.json()["stage"]) == (200, stage_after), answer.text


async def test_a_stale_version_and_a_stranger_are_refused(stage: Stage) -> None:
    request = (await stage.file()).json()
    path = f"/{request['id']}"
    stale = await stage.ask("student", "POST", f"{path}/cancellation", {}, if_match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "http.stale_version")
    for answer in (
        await stage.ask("mate", "GET", path),
        await stage.ask("mate", "POST", f"{path}/cancellation", {}),
        await stage.ask("helper", "POST", f"{path}/legs/{request['legs'][0]['id']}/acceptance"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.not_yours")
    missing = await stage.ask("student", "POST", "/nothing/cancellation", {})
    assert (missing.status_code, missing.json()["code"]) == (404, "http.not_found")
    early = await stage.ask("student", "POST", f"{path}/confirmation", {"solved": True})
    assert (early.status_code, early.json()["code"]) == (409, "request.wrong_stage")
    done = await stage.ask("student", "POST", f"{path}/cancellation", {}, if_match=f'"{request["version"]}"')
    assert done.json()["stage"] == "cancelled"


async def test_a_sealed_request_is_seen_by_its_readers_only(stage: Stage) -> None:
    request = (await stage.file(category="quarrel.roommates")).json()
    seen = {who: (await stage.ask(who, "GET", f"/{request['id']}")).status_code for who in ROLES}
    assert {who for who, status in seen.items() if status == 200} == {"student", "counsellor", "named"}
    for who, rows in (("desk", 0), ("leader", 0), ("counsellor", 1)):
        page = (await stage.ask(who, "GET", "/queue")).json()
        assert (len(page["items"]), page["counts"]["total"]) == (rows, rows)
    assign = f"/{request['id']}/legs/{request['legs'][0]['id']}/assignment"
    taken = await stage.ask("counsellor", "POST", assign, {"helper_id": "counsellor"})
    assert (taken.json()["stage"], taken.json()["may"][-1]) == ("assigned", "start")


async def test_a_masked_requester_is_not_shown_to_a_leader(stage: Stage) -> None:
    request = (await stage.file(visibility="masked")).json()
    seen = (await stage.ask("leader", "GET", f"/{request['id']}")).json()
    assert (seen["requester_id"], seen["filed_by_id"], seen["timeline"][0]["actor"]) == (None, None, "requester")


async def test_a_repair_waits_while_the_outside_system_is_down_and_comes_back_by_webhook(stage: Stage) -> None:
    request = (await stage.file(category="repair.heat")).json()
    leg_id = request["legs"][0]["id"]
    for _ in range(200):
        if len(stage.repairs.told) >= 2:
            break
        await asyncio.sleep(0.05)
    stage.repairs.takes(service_request_id="311-1")
    acked = await stage.until(request["id"], lambda seen: seen["stage"] == "assigned")
    assert acked["legs"][0]["remote_id"] == "311-1"
    assert {row["key"] for row in stage.repairs.told} == {leg_id}
    told = stage.repairs.told[-1]
    assert (told["attribute[external_id]"], told["service_code"]) == (leg_id, "repair.heat")
    assert told["attribute[callback_url]"].endswith(HOOK)
    answers = [await stage.hook(closed(external_id=leg_id, status_notes="fixed")) for _ in range(2)]
    assert [(answer.status_code, answer.json()["outcome"]) for answer in answers] == [(200, "taken")] * 2
    late = await stage.hook(closed(external_id=leg_id), "w2")
    assert late.json() == {"outcome": "stale", "code": "request.wrong_stage"}
    resolved = (await stage.ask("student", "GET", f"/{request['id']}")).json()
    assert (resolved["stage"], resolved["legs"][0]["note"]) == ("resolved", "fixed")
    assert [(line["code"], line["actor"]) for line in resolved["timeline"]] == [
        ("request.filed", "student"),
        ("request.triaged", "requests"),
        ("leg.acked", "requests"),
        ("leg.remote_closed", "system:campus-repairs"),
        ("request.resolved", "system:campus-repairs"),
    ]
    facts = await stage.told(request["id"], "request.resolved")
    assert facts.count("leg.remote_closed") == facts.count("leg.acked") == 1


async def test_a_leg_that_is_refused_for_good_goes_to_the_desk(stage: Stage) -> None:
    stage.repairs.status = 400
    request = (await stage.file(category="repair.paint")).json()
    failed = await stage.until(request["id"], lambda seen: seen["needs"] == ["send_failed"])
    assert failed["legs"][0]["remote_status"] == "400"
    stage.repairs.takes(service_request_id="311-9")
    again = await stage.ask("desk", "POST", f"/{request['id']}/legs", {"kind": "outside"})
    assert again.status_code == 200
    await stage.until(request["id"], lambda seen: seen["stage"] == "assigned")


async def test_a_token_becomes_a_number_and_a_silent_leg_is_asked_about(stage: Stage) -> None:
    stage.repairs.takes(token="t1")
    request = (await stage.file(category="repair.pest")).json()
    await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "token_wait")

    async def look() -> dict[str, Any]:
        stage.clock.moment += timedelta(minutes=20)
        await poll_silent_legs(stage.rooms.logistics)
        return (await stage.ask("student", "GET", f"/{request['id']}")).json()

    assert (await look())["legs"][0]["remote_id"] == "of-t1"
    assert (await look())["legs"][0]["state"] == "remote_open"
    stage.repairs.closed = True
    assert (await look())["stage"] == "resolved"


@pytest.mark.parametrize(
    ("body", "more", "status", "code"),
    [
        (closed(), {"secret": "whsec_b3RoZXItb3RoZXI="}, 401, "hook.bad_signature"),
        (closed(), {"path": "/hooks/logistics/another"}, 404, "hook.unknown_system"),
        (closed("unknown"), {}, 404, "leg.unknown"),
        (closed(external_id="unknown"), {}, 404, "leg.unknown"),
        ({"data": {"status": "half"}}, {}, 422, "http.body_invalid"),
    ],
)
async def test_a_hook_that_does_not_fit_is_refused(
    stage: Stage, body: Any, more: dict[str, str], status: int, code: str
) -> None:
    answer = await stage.hook(body, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    unsigned = await stage.http.post(HOOK, content=b"{}")
    assert unsigned.json()["code"] == "hook.bad_signature"


async def test_clocks_ring_once_however_many_replicas_look(stage: Stage) -> None:
    request = (await stage.file()).json()
    await stage.propose(request)
    await stage.until(request["id"], lambda seen: seen["legs"][0]["state"] == "offered")
    stage.clock.moment += timedelta(hours=4)
    look: Callable[[], Awaitable[None]] = lambda: ring_due_clocks(stage.rooms.casework)  # noqa: E731
    await asyncio.gather(look(), look(), look())
    facts = await stage.told(request["id"], "leg.opened")
    assert facts.count("leg.expired") == 1
    stage.clock.moment += timedelta(days=8)
    await look()
    late = (await stage.ask("student", "GET", f"/{request['id']}")).json()
    assert (late["overdue"], late["legs"][0]["round"]) == (True, 2)
    page = (await stage.ask("desk", "GET", "/queue?overdue=true")).json()
    assert (len(page["items"]), page["counts"]["overdue"]) == (1, 1)


async def test_categories_are_listed(stage: Stage) -> None:
    rows = (await stage.ask("student", "GET", "/categories")).json()["items"]
    assert {row["lane"] for row in rows} == {"helper", "outside", "sealed"}
