"""A hot route answers as a strict route does, by the express too, and says at the start what it cannot do."""

import contextlib
import os
from collections.abc import AsyncGenerator
from typing import Annotated, Any, cast

import pytest
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.testclient import TestClient
from pydantic import Field

from services.requests.app import TOPICS
from shared.auth.permissions import PUBLIC
from shared.http import Body, HotRoute, IdempotencyKey, Router, View
from shared.http.app import make_app
from shared.http.hot import Express
from shared.http.problems import install
from shared.refusal import Refusal
from shared.runtime import routers_of
from shared.store.document import Conflict
from shared.store.mongo import StoreError

FAULTS: dict[str, Exception] = {
    "fault": ZeroDivisionError("a fault of ours"),
    "store": StoreError("away"),
    "race": Conflict("o1"),
    "rule": Refusal("auth.forbidden", action="order"),
}


class Order(Body):
    name: str = Field(min_length=1, max_length=5)
    count: int = 1


class Bill(View):
    text: str


async def _guest(call: Request) -> str:
    if "x-guest" not in call.headers:
        raise Refusal("auth.signed_out")
    return call.headers["x-guest"]


Guest = Annotated[str, Depends(_guest)]


async def order(body: Order, guest: Guest, key: IdempotencyKey, response: Response) -> Bill:
    if guest in FAULTS:
        raise FAULTS[guest]
    response.headers["x-table"] = "7"
    if body.count > 1:
        response.status_code = 200
    return Bill(text=f"{guest} {key} {body.name} {body.count}")


def client(*, express: bool = False, faults: bool = False, **options: Any) -> TestClient:
    app = FastAPI()
    router = Router()
    router.add_api_route("/orders", order, methods=["POST"], allow=PUBLIC, status_code=201, **options)
    app.include_router(router)
    install(app, {})
    hot = [route for route in router.routes if isinstance(route, HotRoute)]
    return TestClient(Express(app, app, hot) if express else app, raise_server_exceptions=faults)


HEADERS = {"x-guest": "wang", "idempotency-key": "k1", "content-type": "application/json"}
CALLS: list[tuple[bytes, dict[str, str]]] = [
    (b'{"name": "tea"}', HEADERS),
    (b'{"name": "tea", "count": 2}', HEADERS),
    (b'{"name": "tea", "more": 1}', HEADERS),
    (b'{"name": "a longer name", "count": "x"}', HEADERS),
    (b'{"name": NaN}', HEADERS),
    (b"[]", HEADERS),
    (b"null", HEADERS),
    (b"", HEADERS),
    (b"7", HEADERS),
    (b"{", HEADERS),
    (b"\xff", HEADERS),
    (b'{"name": "tea"}', {**HEADERS, "content-type": "text/plain"}),
    (b'{"name": "tea"}', {**HEADERS, "idempotency-key": "not a key"}),
    (b'{"name": "tea"}', {name: value for name, value in HEADERS.items() if name != "idempotency-key"}),
    (b'{"name": 1}', {name: value for name, value in HEADERS.items() if name != "x-guest"}),
    *((b'{"name": "tea"}', {**HEADERS, "x-guest": guest}) for guest in FAULTS),
]


@pytest.mark.parametrize("express", [False, True])
@pytest.mark.parametrize(("body", "headers"), CALLS)
def test_a_hot_route_answers_as_a_strict_route(body: bytes, headers: dict[str, str], *, express: bool) -> None:
    strict = client().post("/orders", content=body, headers=headers)
    hot = client(express=express, route_class_override=HotRoute).post("/orders", content=body, headers=headers)
    assert (hot.status_code, hot.json()) == (strict.status_code, strict.json())
    for header in ("content-type", "x-table"):
        assert hot.headers.get(header) == strict.headers.get(header)


def test_both_describe_themselves_alike() -> None:
    described = [c.get("/openapi.json").json() for c in (client(), client(route_class_override=HotRoute))]
    assert described[0] == described[1]


def test_the_express_leaves_every_other_call_to_the_framework() -> None:
    taken = client(express=True, route_class_override=HotRoute)
    assert taken.get("/orders").status_code == 405
    assert taken.post("/nowhere", json={}).json()["code"] == "http.not_found"
    assert taken.get("/openapi.json").status_code == 200


def test_the_express_raises_a_fault_for_the_log_and_no_refusal() -> None:
    taken = client(express=True, faults=True, route_class_override=HotRoute)
    with pytest.raises(ZeroDivisionError):
        taken.post("/orders", json={"name": "tea"}, headers={**HEADERS, "x-guest": "fault"})
    assert taken.post("/orders", json={"name": "tea"}, headers={**HEADERS, "x-guest": "store"}).status_code == 503


@pytest.mark.parametrize("observed", [False, True])
def test_where_telemetry_is_on_a_call_takes_the_long_way(monkeypatch: pytest.MonkeyPatch, *, observed: bool) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    if observed:
        monkeypatch.setenv("OTEL_SERVICE_NAME", "requests")
    app = make_app("requests", routers_of("requests", TOPICS), {}, nothing, everything)
    inner = cast("Any", app.build_middleware_stack())._app._app
    assert isinstance(inner, Express) is not observed


def test_a_hot_route_must_ask_who_calls() -> None:
    router = Router()
    router.add_api_route("/orders", order, methods=["POST"], allow=PUBLIC, route_class_override=HotRoute)
    with pytest.raises(TypeError, match="Me"):
        make_app("test", [router], {}, nothing, everything)


@contextlib.asynccontextmanager
async def nothing(_app: FastAPI) -> AsyncGenerator[None]:
    yield


async def everything() -> dict[str, bool]:
    return {}


async def _by_path(thing: str, body: Order) -> Bill:
    return Bill(text=thing + body.name)


async def _without_body(guest: Guest) -> Bill:
    return Bill(text=guest)


async def _two_headers(one: Annotated[str, Header()], two: Annotated[str, Header()]) -> str:
    return one + two


async def _too_much(body: Order, both: Annotated[str, Depends(_two_headers)]) -> Bill:
    return Bill(text=body.name + both)


async def _nothing() -> str:
    return ""


async def _no_call(body: Order, empty: Annotated[str, Depends(_nothing)]) -> Bill:
    return Bill(text=body.name + empty)


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [("/{thing}", _by_path), ("/none", _without_body), ("/much", _too_much), ("/no-call", _no_call)],
)
def test_what_a_hot_route_cannot_do_stops_the_start(path: str, endpoint: Any) -> None:
    with pytest.raises(TypeError):
        Router().add_api_route(path, endpoint, methods=["POST"], allow=PUBLIC, route_class_override=HotRoute)
