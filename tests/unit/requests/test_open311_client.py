"""The Open311 client against an outside system that answers well, badly, late or not at all."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from services.requests.logistics.domain.exchange import (
    Numbered,
    Order,
    Promised,
    Rejected,
    RemoteStatus,
    SendResult,
    Unavailable,
)
from services.requests.logistics.domain.reading import ParsedNews
from services.requests.logistics.store.open311 import NoSystem, Open311

ORDER = Order(
    "leg1",
    "1128-K7M4Q2",
    "repair.heat",
    "暖气",
    "No heat",
    "Since Monday",
    "east.b3.f4.r407",
    "东校区 · 3号楼 · 4层 · 407",
)


def client(answer: Callable[[httpx.Request], httpx.Response]) -> Open311:
    transport = httpx.MockTransport(answer)
    return Open311(httpx.AsyncClient(transport=transport), "http://far/open311/v2/", "key", "http://near/hook")


def answering(status: int, body: Any = None, **headers: str) -> Open311:
    return client(lambda _: httpx.Response(status, json=body, headers=headers))


async def test_a_leg_goes_out_as_a_form_with_its_id_as_idempotency_key() -> None:
    calls: list[httpx.Request] = []

    def answer(call: httpx.Request) -> httpx.Response:
        calls.append(call)
        return httpx.Response(201, json=[{"service_request_id": 17}])

    assert await client(answer).send(ORDER) == Numbered("17")
    assert str(calls[0].url) == "http://far/open311/v2/requests.json"
    assert calls[0].headers["idempotency-key"] == "leg1"
    form = parse_qs(calls[0].content.decode())
    assert form["attribute[external_id]"] == ["leg1"]
    assert form["attribute[number]"] == ["1128-K7M4Q2"]
    assert form["attribute[callback_url]"] == ["http://near/hook"]
    assert form["address_string"] == ["东校区 · 3号楼 · 4层 · 407"]
    assert form["address_id"] == ["east.b3.f4.r407"]
    assert form["description"] == ["No heat\nSince Monday"]


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, [{"token": "t"}], Promised("t")),
        (400, [{"code": 400}], Rejected(400)),
        (404, None, Rejected(404)),
        (401, None, Unavailable("HTTP 401")),
        (403, None, Unavailable("HTTP 403")),
        (500, None, Unavailable("HTTP 500")),
        (200, [], Unavailable("HTTP 200")),
        (200, {"not": "a list"}, Unavailable("HTTP 200 with neither number nor token")),
        (200, {"service_request_id": 638344}, Numbered("638344")),
        (
            200,
            {"service_requests": [{"service_request_id": 99999999999999999999}]},
            Numbered("99999999999999999999"),
        ),
        (200, [{"token": 5}], Promised("5")),
        (200, ["not a row"], Unavailable("HTTP 200")),
        (200, [{"service_request_id": ""}], Unavailable("HTTP 200 with neither number nor token")),
    ],
)
async def test_what_an_answer_means(status: int, body: Any, outcome: SendResult) -> None:
    assert await answering(status, body).send(ORDER) == outcome


async def test_a_busy_system_says_when_to_come_again() -> None:
    headers = {"retry-after": "7"}
    assert await client(lambda _: httpx.Response(429, headers=headers)).send(ORDER) == Unavailable("HTTP 429", 7.0)


async def test_a_system_that_does_not_answer_is_tried_again() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    away = await client(refuse).send(ORDER)
    assert isinstance(away, Unavailable)
    assert away.delay is None
    assert await client(refuse).status_of("17") is None


async def test_garbled_json_is_no_answer() -> None:
    garbled = client(lambda _: httpx.Response(200, content=b"<html>"))
    assert await garbled.send(ORDER) == Unavailable("HTTP 200")


async def test_a_status_is_read_with_its_notes() -> None:
    rows = [{"service_request_id": "17", "status": "closed", "status_notes": "fixed"}]
    assert await answering(200, rows).status_of("17") == ParsedNews("17", None, RemoteStatus.CLOSED, None, "fixed")
    assert await answering(200, [{"status": "half"}]).status_of("17") == ParsedNews(word="half")
    assert await answering(200, [{"service_request_id": "17"}]).status_of("17") is None
    assert await answering(404).status_of("17") is None


@pytest.mark.parametrize(
    "body",
    [
        [{"service_request_id": 17, "status": " CLOSED "}],
        {"service_request_id": 17.0, "status": "Closed"},
        {"service_requests": [{"service_request_id": "16", "status": "open"}, {"id": "17", "status": "closed"}]},
        [[{"status": "closed"}]],
    ],
)
async def test_a_status_is_read_in_every_form_that_systems_give_it(body: Any) -> None:
    told = await answering(200, body).status_of("17")
    assert told is not None
    assert told.status is RemoteStatus.CLOSED


async def test_a_row_of_another_number_is_no_answer() -> None:
    assert await answering(200, [{"service_request_id": "18", "status": "closed"}]).status_of("17") is None


async def test_a_number_with_signs_of_an_address_asks_for_nothing_else() -> None:
    calls: list[httpx.Request] = []

    def answer(call: httpx.Request) -> httpx.Response:
        calls.append(call)
        return httpx.Response(404)

    await client(answer).status_of("../a?b#c")
    assert calls[0].url.raw_path.startswith(b"/open311/v2/requests/..%2Fa%3Fb%23c.json?")


async def test_a_token_is_exchanged_for_a_number() -> None:
    assert await answering(200, [{"service_request_id": "17", "token": "t"}]).number_of("t") == "17"
    assert await answering(404).number_of("t") is None


async def test_without_an_outside_system_every_leg_is_turned_down() -> None:
    nowhere = NoSystem()
    assert await nowhere.send(ORDER) == Rejected(501)
    assert await nowhere.number_of("t") is None
    assert await nowhere.status_of("17") is None
