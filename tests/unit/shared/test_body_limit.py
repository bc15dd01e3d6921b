"""Oversize bodies: whoever sends one, declared or not, gets to read the answer."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from deploy.local.ports import free_port
from shared.auth.permissions import PUBLIC
from shared.http import Body, Router, View
from shared.http.middleware import BODY_LIMIT, HttpMiddleware
from shared.http.problems import install

ROUTER = Router()


class Note(Body):
    text: str


class Length(View):
    length: int


@ROUTER.post("/notes", allow=PUBLIC)
async def post_note(body: Note) -> Length:
    return Length(length=len(body.text))


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient, None]:
    app = FastAPI()
    app.include_router(ROUTER)
    install(app, {})
    app.add_middleware(HttpMiddleware, limits={})
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, http="httptools", log_config=None, lifespan="off"))
    setattr(server, "capture_signals", contextlib.nullcontext)  # noqa: B010 - a test serves in its own thread
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as opened:
        yield opened
    server.should_exit = True
    await task


def _refused(answer: httpx.Response) -> None:
    assert answer.status_code == 413
    assert answer.json()["code"] == "http.body_too_large"
    assert answer.json()["params"] == {"limit": BODY_LIMIT}


JSON: Mapping[str, str] = {"content-type": "application/json"}


async def test_a_body_within_the_limit_is_taken(client: httpx.AsyncClient) -> None:
    answer = await client.post("/notes", json={"text": "x" * (BODY_LIMIT - 100)})
    assert answer.status_code == 200


@pytest.mark.parametrize("size", [BODY_LIMIT + 1, 9_000_000])
async def test_a_declared_oversize_body_is_a_problem(client: httpx.AsyncClient, size: int) -> None:
    _refused(await client.post("/notes", content=b" " * size, headers=JSON))


@pytest.mark.parametrize("size", [BODY_LIMIT + 1, 9_000_000])
async def test_an_undeclared_oversize_body_is_a_problem(client: httpx.AsyncClient, size: int) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 65_536):
            yield b" " * min(65_536, size - start)

    _refused(await client.post("/notes", content=pieces(), headers=JSON))
