"""The demo's repair system: it takes an order once, does it, and tells the sender until the sender answers."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from standardwebhooks.webhooks import Webhook

from deploy.demo.repair_system.app import build
from deploy.demo.repair_system.settings import Settings

SECRET = "whsec_eWl6aGFuLWRlbW8tcmVwYWlyLXN5c3RlbS1zZWNyZXQ="
ORDER = {"api_key": "k", "service_code": "repair.water_leak", "description": "HEAVY FLOW", "address_string": "east.b1"}


class Sender:
    """Stands for whoever ordered: refuses as many messages as it is told to, then takes them."""

    def __init__(self) -> None:
        self.refuse = 0
        self.seen: list[dict[str, str]] = []
        self.bodies: list[str] = []
        self.paths: list[str] = []
        sender = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                sender.seen.append({name.lower(): value for name, value in self.headers.items()})
                sender.bodies.append(body)
                sender.paths.append(self.path)
                sender.refuse -= 1
                self.send_response(503 if sender.refuse >= 0 else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def sender() -> Iterator[Sender]:
    sender = Sender()
    yield sender
    sender.close()


def settings(directory: Path, seconds: float = 0.05) -> Settings:
    return Settings(secret=SECRET, api_key="k", db=directory / "r.sqlite3", seconds=seconds, retry_first=0.02)


def order(client: TestClient, **fields: str) -> dict[str, str]:
    answer = client.post("/open311/v2/requests.json", data={**ORDER, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()[0]


def wait_for(what: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_the_same_external_id_gets_the_same_number(tmp_path: Path) -> None:
    with TestClient(build(settings(tmp_path))) as client:
        first, again = (order(client, **{"attribute[external_id]": "leg1"}) for _ in range(2))
        other = order(client, **{"attribute[external_id]": "leg2"})
        counts = client.get("/admin/counts").json()
    assert first["service_request_id"] == again["service_request_id"] != other["service_request_id"]
    assert (counts["orders"], counts["repeated"]) == (2, 1)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"api_key": "wrong"}, 403),
        ({"service_code": ""}, 400),
        ({"service_code": "repair.moon"}, 404),
        ({"address_string": ""}, 400),
    ],
)
def test_a_bad_order_is_refused_in_the_way_of_open311(tmp_path: Path, fields: dict[str, str], status: int) -> None:
    with TestClient(build(settings(tmp_path))) as client:
        answer = client.post("/open311/v2/requests.json", data={**ORDER, **fields})
    assert answer.status_code == status
    assert answer.json()[0]["code"] == status


def test_an_order_gets_done_and_is_shown_as_closed(tmp_path: Path) -> None:
    with TestClient(build(settings(tmp_path))) as client:
        number = order(client)["service_request_id"]
        wait_for(lambda: client.get(f"/open311/v2/requests/{number}.json").json()[0]["status"] == "closed")
        assert client.get("/open311/v2/requests.json", params={"status": "closed"}).json()[0]["address"] == "east.b1"
        assert client.get("/open311/v2/requests/HQ9.json").status_code == 404


def test_the_sender_is_told_in_order_signed_and_until_it_answers(tmp_path: Path, sender: Sender) -> None:
    sender.refuse = 2
    with TestClient(build(settings(tmp_path, seconds=0.4))) as client:
        order(client, **{"attribute[external_id]": "leg1", "attribute[callback_url]": sender.url})
        wait_for(lambda: client.get("/admin/counts").json()["delivered"] == 2)
    assert len(sender.seen) == 4
    assert len({seen["webhook-id"] for seen in sender.seen[:3]}) == 1
    for headers, body in zip(sender.seen, sender.bodies, strict=True):
        Webhook(SECRET).verify(body, headers)
    told = [json.loads(body)["data"] for body in sender.bodies[2:]]
    assert [data["status"] for data in told] == ["open", "closed"]
    assert {data["external_id"] for data in told} == {"leg1"}


def test_a_sender_whose_own_address_leads_nowhere_is_told_where_it_is_reached(tmp_path: Path, sender: Sender) -> None:
    origin = sender.url.removesuffix("/hooks")
    reached = settings(tmp_path).model_copy(update={"senders_at": origin})
    with TestClient(build(reached)) as client:
        order(
            client,
            **{
                "attribute[external_id]": "leg1",
                "attribute[callback_url]": "https://yizhan.invalid/hooks/logistics/campus-repairs",
            },
        )
        wait_for(lambda: bool(sender.paths))
    assert set(sender.paths) == {"/hooks/logistics/campus-repairs"}


def test_what_is_owed_is_still_owed_after_a_restart(tmp_path: Path, sender: Sender) -> None:
    sender.refuse = 10_000
    with TestClient(build(settings(tmp_path))) as client:
        order(client, **{"attribute[external_id]": "leg1", "attribute[callback_url]": sender.url})
        wait_for(lambda: bool(sender.seen))
    sender.refuse = 0
    with TestClient(build(settings(tmp_path))) as client:
        wait_for(lambda: client.get("/admin/counts").json()["owed"] == 0)


def test_while_it_is_down_it_takes_and_tells_nothing_even_after_a_restart(tmp_path: Path, sender: Sender) -> None:
    with TestClient(build(settings(tmp_path))) as client:
        assert client.post("/admin/down").is_success
        assert client.post("/open311/v2/requests.json", data=ORDER).status_code == 503
    with TestClient(build(settings(tmp_path))) as client:
        assert client.get("/open311/v2/services.json").status_code == 503
        assert client.get("/healthz").is_success
        assert "停机" in client.get("/admin").text
        client.post("/admin/up")
        assert client.get("/open311/v2/services.json").is_success
    assert sender.seen == []


def withdrawal(client: TestClient, body: object, secret: str = SECRET) -> int:
    raw, at = json.dumps(body), datetime.now(UTC)
    headers = {
        "webhook-id": "w1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("w1", at, raw),
    }
    return client.post("/withdrawals", content=raw, headers=headers).status_code


def withdrawn(**data: object) -> dict[str, object]:
    return {"type": "service_request.withdrawn", "data": data}


@pytest.mark.parametrize("by", ["number", "ours"])
def test_an_order_that_is_no_longer_wanted_is_closed_and_its_sender_told(
    tmp_path: Path, sender: Sender, by: str
) -> None:
    with TestClient(build(settings(tmp_path, seconds=900))) as client:
        fields = {"attribute[external_id]": "leg1", "attribute[callback_url]": sender.url}
        number = order(client, **fields)["service_request_id"]
        told = withdrawn(
            service_request_id=number if by == "number" else None, external_id="leg1" if by == "ours" else None
        )
        assert [withdrawal(client, told) for _ in range(2)] == [200, 200]
        shown = client.get(f"/open311/v2/requests/{number}.json").json()[0]
        assert (shown["status"], shown["status_notes"]) == ("closed", "报修方已撤回")
        wait_for(lambda: bool(sender.bodies))
        assert json.loads(sender.bodies[-1])["data"]["status"] == "closed"


def test_a_withdrawal_closes_no_order_of_others_and_does_not_undo_what_is_done(tmp_path: Path) -> None:
    with TestClient(build(settings(tmp_path))) as client:
        number = order(client)["service_request_id"]
        wait_for(lambda: client.get(f"/open311/v2/requests/{number}.json").json()[0]["status"] == "closed")
        assert withdrawal(client, withdrawn(service_request_id=number)) == 200
        assert client.get(f"/open311/v2/requests/{number}.json").json()[0]["status_notes"] == "维修完成"
        assert withdrawal(client, withdrawn(service_request_id="HQ9999999")) == 404
        assert withdrawal(client, withdrawn()) == 404


def test_a_withdrawal_that_is_forged_or_none_is_refused(tmp_path: Path) -> None:
    with TestClient(build(settings(tmp_path, seconds=900))) as client:
        number = order(client)["service_request_id"]
        good = withdrawn(service_request_id=number)
        assert withdrawal(client, good, "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQ=") == 401
        assert client.post("/withdrawals", json=good).status_code == 401
        for bad in ([], {"data": []}, {**good, "type": "else"}, withdrawn(service_request_id=7)):
            assert withdrawal(client, bad) == 400
        client.post("/admin/down")
        assert withdrawal(client, good) == 503
        client.post("/admin/up")
        assert client.get(f"/open311/v2/requests/{number}.json").json()[0]["status"] == "open"
