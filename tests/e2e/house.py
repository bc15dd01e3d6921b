"""The four services in this process on real servers, spoken to over HTTP only, by people of every role."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from deploy.local.ports import free_port
from deploy.nats.provision import provision_at
from shared.auth.actor import Actor
from shared.auth.tokens import Signer
from shared.clock import SystemClock
from shared.contracts.members import Role
from shared.ids import derive_id, new_id
from tests.contract.openapi import SERVICES
from tests.e2e.declared import undeclared
from tests.support.identities import key_file

_PLACES = (("", "campus", None), (".b1", "building", None), (".b1.f1", "floor", None), (".b1.f1.r101", "room", 4))
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def person(role: Role, name: str = "") -> Actor:
    """One person of this role, always the same; a name makes another one."""
    who = name or role.value
    return Actor(derive_id("e2e", who), who, frozenset({role}))


@dataclass
class House:
    """Where each service listens, who speaks, and a campus of its own (the broker remembers those of others)."""

    campus: str
    addresses: Mapping[str, str]
    signer: Signer
    http: httpx.AsyncClient
    apps: Mapping[str, FastAPI]
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def room(self) -> str:
        return f"{self.campus}.b1.f1.r101"

    def service(self, path: str) -> str:
        parts = path.split("?", maxsplit=1)[0].split("/")
        return parts[2] if parts[1] == "api" else "requests"

    def url(self, path: str) -> str:
        return self.addresses[self.service(path)] + path

    def token(self, who: Actor, lifetime: timedelta = timedelta(hours=1)) -> str:
        if who.id not in self.tokens or lifetime.total_seconds() < 0:
            self.tokens[who.id], _ = self.signer.sign(replace(who, duty=(self.campus,)), SystemClock().now(), lifetime)
        return self.tokens[who.id]

    def headers(self, who: Actor | None, more: Mapping[str, str] | None = None) -> dict[str, str]:
        signed = {} if who is None else {"authorization": f"Bearer {self.token(who)}"}
        return {**signed, **(more or {})}

    async def ask(
        self, method: str, path: str, who: Actor | None, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        answer = await self.http.request(method, self.url(path), headers=self.headers(who, headers), **more)
        assert undeclared(self.service(path), method, answer.request.url.path, answer) is None
        return answer

    async def create(self, path: str, who: Actor, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self.ask("POST", path, who, json=body, headers={"idempotency-key": new_id()})
        assert answer.status_code == 201, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def status(self, method: str, path: str, who: Actor | None, **more: Any) -> tuple[int, dict[str, Any]]:
        """Ask and read only the head of an endless answer: the status, and the problem if it is one."""
        headers = self.headers(who, more.pop("headers", None))
        async with self.http.stream(method, self.url(path), headers=headers, **more) as answer:
            if not answer.headers.get("content-type", "").startswith("application/problem+json"):
                return answer.status_code, {}
            await answer.aread()
            return answer.status_code, answer.json()


def _app(service: str, given: Mapping[str, Any]) -> FastAPI:
    settings = import_module(f"services.{service}.settings").Settings
    known = {name: value for name, value in given.items() if name in settings.model_fields}
    app: FastAPI = import_module(f"services.{service}.app").build(settings(**known))
    return app


class _Quiet(uvicorn.Server):
    """A server that leaves the signals to the tests."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def _serving(app: FastAPI) -> AsyncGenerator[str, None]:
    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False, log_config=None, timeout_keep_alive=600)
    config.timeout_graceful_shutdown = 1
    server = _Quiet(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), "the service did not start"
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def _settle(house: House) -> None:
    """Make the places known to everybody who has heard of them."""
    admin = person(Role.ADMIN)
    for inner, kind, capacity in _PLACES:
        place = house.campus + inner
        body = {"id": place, "type": kind, "name": place, "capacity": capacity}
        answer = await house.ask("POST", "/api/members/places", admin, json=body, headers={"idempotency-key": place})
        assert answer.status_code == 201, answer.text
    async with asyncio.timeout(60):
        while True:
            body = {"category": "study.maths", "title": "Probe", "place": house.room}
            headers = {"idempotency-key": new_id()}
            answer = await house.ask("POST", "/api/requests", person(Role.COUNSELLOR), json=body, headers=headers)
            if answer.status_code == 201:
                return
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def open_house(
    nats_url: str, mongodb_uri: str, folder: Path, *, limits_factor: float = 1_000
) -> AsyncIterator[House]:
    """Open the four services on databases of their own; people may call as often as a test likes, unless told else."""
    await provision_at(nats_url)
    signer = Signer.from_file(folder / "signing.pem")
    run = new_id()[:8]
    async with contextlib.AsyncExitStack() as stack:
        addresses: dict[str, str] = {}
        apps: dict[str, FastAPI] = {}
        for service in SERVICES:
            given = {
                "nats_url": nats_url,
                "mongodb_uri": mongodb_uri,
                "mongodb_database": f"e2e_{run}_{service}",
                "jwks": str(folder / "jwks.json"),
                "signing_key": str(folder / "signing.pem"),
                "person_key": str(key_file(folder)),
                "logistics_webhook_secret": WEBHOOK_SECRET,
                "log_level": "WARNING",
                "limits_factor": limits_factor,
            }
            apps[service] = _app(service, given)
            addresses[service] = await stack.enter_async_context(_serving(apps[service]))
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=20, trust_env=False))
        house = House(f"c{run}", addresses, signer, client, apps)
        await _settle(house)
        yield house
