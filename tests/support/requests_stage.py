"""`requests` running on the real broker and store, with people to speak for and an outside system to play with."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
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

from services.requests.app import build
from services.requests.casework.handlers.casework import Casework
from services.requests.settings import Settings
from shared.auth.actor import Actor
from shared.auth.tokens import Signer
from shared.bus.stream import STREAM
from shared.contracts.event import Event, Fact
from shared.contracts.members import HelperNotFound, HelperProposed, PersonRegistered, PlaceAdded, PlaceType, Role
from shared.ids import new_id
from shared.ports import Ports
from tests.support.clock import NOW, MovableClock
from tests.support.stage import begin_anew
from tests.support.streams import source_of

ROOM = "east.b3.f4.r407"
SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
HOOK = "/hooks/logistics/campus-repairs"
ROLES = {
    "student": Role.STUDENT,
    "mate": Role.STUDENT,
    "helper": Role.HELPER,
    "volunteer": Role.HELPER,
    "neighbour": Role.HELPER,
    "desk": Role.DESK,
    "leader": Role.LEADER,
    "logistics": Role.LOGISTICS,
    "counsellor": Role.COUNSELLOR,
    "named": Role.SEALED_READER,
    "desk4": Role.DESK,
    "logistics4": Role.LOGISTICS,
    "counsellor4": Role.COUNSELLOR,
}
DUTY = {
    "desk": ("east",),
    "logistics": ("east",),
    "counsellor": ("east.b3",),
    "desk4": ("east.b4",),
    "logistics4": ("east.b4",),
    "counsellor4": ("east.b4",),
}
"""The places that the staff work for; all requests are made in building 3 unless a test says otherwise."""


@dataclass
class RepairSystem:
    """An outside system: what it answers, and what it was told."""

    status: int = 503
    body: Any = None
    closed: bool = False
    told: list[dict[str, str]] = field(default_factory=list)
    base: str = ""
    withdrawals: list[dict[str, Any]] = field(default_factory=list)
    withdrawal_status: int = 200

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/open311/v2/requests.json")
        async def post(call: Request) -> Response:
            form = {key: str(value) for key, value in (await call.form()).items()}
            self.told.append({**form, "key": call.headers["idempotency-key"]})
            return Response(json.dumps(self.body), self.status, media_type="application/json")

        @app.post("/withdrawals")
        async def withdraw(call: Request) -> Response:
            raw = (await call.body()).decode()
            at = datetime.fromtimestamp(int(call.headers["webhook-timestamp"]), UTC)  # of a clock that tests move
            assert call.headers["webhook-signature"] == Webhook(SECRET).sign(call.headers["webhook-id"], at, raw)
            self.withdrawals.append({**json.loads(raw)["data"], "key": call.headers["idempotency-key"]})
            return Response(status_code=self.withdrawal_status)

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
    parts: Any = None
    units: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The units that the tokens of people name."""

    async def ask(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        place = None if who == "desk" else ROOM
        token, _ = self.signer.sign(
            Actor(
                who,
                who,
                frozenset({ROLES[who]}),
                place,
                units=self.units.get(who, ()),
                username=f"2023-{who}",
                duty=DUTY.get(who, ()),
            ),
            NOW,
            timedelta(days=90),
        )
        told = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        return await self.http.request(method, f"/api/requests{path}", json=body, headers=told)

    async def file(self, who: str = "student", key: str | None = None, **change: Any) -> httpx.Response:
        body = {"category": "wish.errand", "title": "买药", "text": "感冒了"} | change
        return await self.ask(who, "POST", "", body, idempotency_key=key or new_id())

    async def hear(self, fact: Fact, version: int = 1) -> None:
        event = Event(new_id(), source_of(fact), new_id(), NOW, version, "seed", "seed", "seed", fact)
        # A broker on a busy disk may take longer than the client waits by itself; it is told once.
        await self.stream.publish(event.nats_subject, event.to_json(), stream=STREAM, timeout=30)

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
    await begin_anew(nats_url)
    signer = Signer(Ed25519PrivateKey.generate())
    (tmp_path / "jwks.json").write_text(json.dumps(signer.jwks))
    settings = Settings.model_validate(
        {
            "nats_url": nats_url,
            "mongodb_uri": mongodb_uri,
            "mongodb_database": f"test_{new_id()}",
            "jwks": str(tmp_path / "jwks.json"),
            "open311_url": repairs.base,
            "logistics_withdrawal_url": repairs.base.replace("/open311/v2", "/withdrawals"),
            "open311_api_key": "key",
            "logistics_webhook_secret": SECRET,
            "clocks_every": 3600,
            "poll_every": 3600,
            "limits_factor": 1_000,
        }
    )
    clock = MovableClock()
    app = build(settings, Ports(clock=clock))
    client = await nats.connect(nats_url)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            stage = Stage(clock, signer, http, client.jetstream(), repairs, app.state.parts)
            await _tell_of_the_campus(stage)
            yield stage
        await app.state.runtime.database.drop()
    await client.close()


async def _tell_of_the_campus(stage: Stage) -> None:
    await stage.hear(PlaceAdded(place_id=ROOM, type=PlaceType.ROOM, name="407", capacity=4))
    for person, role in ROLES.items():
        home = ROOM if person in {"student", "mate", "neighbour"} else "east.b3.f2.r201"
        fact = PersonRegistered(
            person_id=person,
            roles=() if role is Role.SEALED_READER else (role,),
            place=home,
            unit_ids=(),
            party_member=False,
            reachable=True,
            sealed_reader=role is Role.SEALED_READER,
        )
        await stage.hear(fact)
    learnt = stage.parts[Casework].directory
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
