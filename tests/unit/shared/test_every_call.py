"""What holds for every call: safe headers, bounds on address and headers, HEAD as GET without a body, OPTIONS."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from pydantic import Field, StrictInt

from shared.auth.permissions import PUBLIC
from shared.http import Body, Router, View, Whole
from shared.http.methods import Methods
from shared.http.middleware import ADDRESS_LIMIT, HEADERS_LIMIT, SAFE_HEADERS, HttpMiddleware
from shared.http.problems import install

ENDED: list[str] = []


class Count(Body):
    count: Annotated[StrictInt, Field(ge=-9, le=9), Whole]


class Counted(View):
    count: int


def _app() -> TestClient:
    router = Router()

    @router.get("/things/{thing}", allow=PUBLIC)
    async def get_thing(thing: str, response: Response) -> Counted:
        response.headers["ETag"] = '"1"'
        return Counted(count=len(thing))

    @router.get("/kept", allow=PUBLIC)
    async def get_kept(response: Response) -> Counted:
        response.headers["Cache-Control"] = "public, max-age=60"
        return Counted(count=1)

    @router.post("/things/{thing}", allow=PUBLIC)
    async def post_thing(thing: str, body: Count) -> Counted:
        return Counted(count=body.count + len(thing))

    @router.get("/fault", allow=PUBLIC)
    async def get_fault() -> Counted:
        raise ZeroDivisionError

    @router.get("/stream", allow=PUBLIC, response_class=Response)
    async def get_stream() -> Response:
        async def pieces() -> AsyncIterator[str]:
            try:
                while True:
                    yield "more"
                    await asyncio.sleep(0.01)
            finally:
                ENDED.append("stream")

        return StreamingResponse(pieces(), media_type="text/event-stream")

    app = FastAPI()
    app.include_router(router)
    install(app, {})
    around = HttpMiddleware(Methods(app, app), {})
    return TestClient(around, raise_server_exceptions=False)


CALLS: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/things/ab", {}, 200),
    ("POST", "/things/ab", {"json": {"count": 1}}, 200),
    ("POST", "/things/ab", {"json": {"count": "1"}}, 422),
    ("POST", "/things/ab", {"content": b"x" * 300_000}, 413),
    ("GET", "/nowhere", {}, 404),
    ("DELETE", "/things/ab", {}, 405),
    ("OPTIONS", "/things/ab", {}, 204),
    ("GET", "/fault", {}, 500),
    ("GET", "/things/ab?" + "x" * ADDRESS_LIMIT, {}, 414),
    ("GET", "/things/" + "x" * ADDRESS_LIMIT, {}, 414),
    ("GET", "/things/ab", {"headers": {"x-much": "x" * HEADERS_LIMIT}}, 431),
]


@pytest.mark.parametrize(("method", "path", "more", "status"), CALLS)
def test_every_answer_is_safe_to_get(method: str, path: str, more: dict[str, Any], status: int) -> None:
    answer = _app().request(method, path, **more)
    assert answer.status_code == status
    for name, value in SAFE_HEADERS:
        assert answer.headers.get_list(name.decode()) == [value.decode()]
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status


def test_what_may_be_kept_says_so_itself() -> None:
    assert _app().get("/kept").headers.get_list("cache-control") == ["public, max-age=60"]


@pytest.mark.parametrize("path", ["/things/ab", "/kept", "/nowhere"])
def test_head_answers_as_get_does_without_a_body(path: str) -> None:
    got, headed = _app().get(path), _app().head(path)
    assert headed.status_code == got.status_code
    assert headed.headers == got.headers
    assert (headed.content, bool(got.content)) == (b"", True)


def test_head_of_a_stream_ends() -> None:
    ENDED.clear()
    answer = _app().head("/stream")
    assert (answer.status_code, answer.content) == (200, b"")
    assert ENDED == ["stream"]


def test_head_of_what_is_too_long_has_no_body_either() -> None:
    answer = _app().head("/things/" + "x" * ADDRESS_LIMIT)
    assert (answer.status_code, answer.content) == (414, b"")


def test_head_of_a_fault_is_a_fault() -> None:
    assert _app().head("/fault").status_code == 500


@pytest.mark.parametrize(
    ("path", "methods"), [("/things/ab", {"GET", "HEAD", "OPTIONS", "POST"}), ("/kept", {"GET", "HEAD", "OPTIONS"})]
)
def test_options_and_a_wrong_method_tell_every_method(path: str, methods: set[str]) -> None:
    for method in ("OPTIONS", "PUT"):
        answer = _app().request(method, path)
        assert set(answer.headers["allow"].split(", ")) == methods
        assert answer.status_code == (204 if method == "OPTIONS" else 405)
    assert _app().options("/nowhere").status_code == 404


@pytest.mark.parametrize(("told", "status"), [("3", 200), ("3.0", 200), ("3e0", 200), ("-0.0", 200)])
def test_a_whole_number_is_whole_however_it_is_written(told: str, status: int) -> None:
    answer = _app().post("/things/", content=f'{{"count": {told}}}', headers={"content-type": "application/json"})
    assert answer.status_code == 404
    answer = _app().post("/things/a", content=f'{{"count": {told}}}', headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["count"]) == (status, int(float(told)) + 1)


@pytest.mark.parametrize("told", ["3.5", "10.0", "1e300", "-9.5", '"3"', "true", "null", "[3]", "1e-1", '"3.0"'])
def test_what_is_no_whole_number_is_refused(told: str) -> None:
    answer = _app().post("/things/a", content=f'{{"count": {told}}}', headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "body.count")
