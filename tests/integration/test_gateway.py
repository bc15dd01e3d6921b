"""The gateway, with a stand-in for the services: every answer is safe to get, also its own and those of files."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.local.parts import CADDYFILE
from deploy.local.ports import HOST, free_port
from deploy.local.servers import start_caddy

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
NOT_KEPT = {"cache-control": "no-store", "content-security-policy": "default-src 'none'; frame-ancestors 'none'"}


class _Service(BaseHTTPRequestHandler):
    """Answers as a service does, with headers of its own."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "public, max-age=60" if "jwks" in self.path else "no-store")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        pass


@dataclass
class Gateway:
    client: httpx.AsyncClient


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    server = ThreadingHTTPServer((HOST, 0), _Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def gateway(upstream: int, tmp_path_factory: pytest.TempPathFactory) -> Any:
    web = tmp_path_factory.mktemp("web")
    (web / "assets").mkdir()
    (web / "index.html").write_text("<!doctype html><title>Yizhan</title>")
    (web / "assets" / "page-1234.js").write_text("export {}")
    port, gone = free_port(), free_port()
    env = {
        "YIZHAN_HOST": HOST,
        "YIZHAN_PORT": str(port),
        "MEMBERS_UPSTREAM": f"{HOST}:{upstream}",
        "REQUESTS_UPSTREAM": f"{HOST}:{gone}",
    }
    server = await start_caddy(Path(CADDYFILE), tmp_path_factory.mktemp("caddy"), port, web=web, env=env)
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=20, trust_env=False) as client:
        yield Gateway(client)
    await server.stop()


PROBLEMS = [
    ("/metrics", 404, "http.not_found"),
    ("/api/nowhere", 404, "http.not_found"),
    ("/api/requests/mine", 503, "http.unavailable"),
    ("/x?" + "y" * 17_000, 414, "http.uri_too_long"),
    ("/x?" + "y" * 60_000, 414, "http.uri_too_long"),
    ("/api/members/" + "y" * 17_000, 414, "http.uri_too_long"),
    ("/assets/none.js", 404, "http.not_found"),
]


@pytest.mark.parametrize(("path", "status", "code"), PROBLEMS)
async def test_every_error_of_the_gateway_is_a_problem_and_safe(
    gateway: Gateway, path: str, status: int, code: str
) -> None:
    answer = await gateway.client.get(path)
    assert (answer.status_code, json.loads(answer.text)["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    for name, value in {**SAFE, **NOT_KEPT}.items():
        assert answer.headers.get_list(name) == [value], name
    assert "server" not in answer.headers


async def test_pages_and_their_files_are_safe_and_kept_as_they_may_be(gateway: Gateway) -> None:
    page = await gateway.client.get("/anything/at/all")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers.get_list("cache-control") == ["no-cache"]
    assert "default-src 'self'" in page.headers["content-security-policy"]
    file = await gateway.client.get("/assets/page-1234.js")
    assert file.headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
    for answer in (page, file):
        assert answer.status_code == 200
        for name, value in SAFE.items():
            assert answer.headers.get_list(name) == [value], name


async def test_what_a_service_says_stands_and_stands_once(gateway: Gateway) -> None:
    kept = await gateway.client.get("/api/members/jwks.json")
    assert kept.headers.get_list("cache-control") == ["public, max-age=60"]
    mine = await gateway.client.get("/api/members/me")
    assert mine.headers.get_list("cache-control") == ["no-store"]
    for answer in (kept, mine):
        for name, value in SAFE.items():
            assert answer.headers.get_list(name) == [value], name


async def test_a_name_that_no_file_can_have_is_no_fault(gateway: Gateway) -> None:
    for path in ("/" + "y" * 5000, "/assets/" + "y" * 5000, "/%00", "/assets/%00", "/assets/..%2f..%2fetc%2fpasswd"):
        answer = await gateway.client.get(path)
        assert answer.status_code < 500, path
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"], path
