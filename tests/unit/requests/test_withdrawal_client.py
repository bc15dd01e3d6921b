"""An outside system is told by a signed webhook that a leg is no longer wanted; what follows from its answers."""

from collections.abc import Callable

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from services.requests.logistics.domain.exchange import Rejected, Taken, Unavailable, WithdrawalResult
from services.requests.logistics.domain.withdrawing import Notice
from services.requests.logistics.store.open311 import NoWithdrawals, SignedWithdrawals
from shared.clock import SystemClock

SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
NOTICE_ID = "leg1.withdrawn.numbered"


def notice() -> Notice:
    """One of this moment: who hears it takes no old one."""
    return Notice(NOTICE_ID, SystemClock().now(), "leg1", "HQ7", "cancelled")


def client(answer: Callable[[httpx.Request], httpx.Response]) -> SignedWithdrawals:
    return SignedWithdrawals(httpx.AsyncClient(transport=httpx.MockTransport(answer)), "http://far/withdrawals", SECRET)


async def test_it_is_signed_and_holds_ids_and_one_word_only() -> None:
    calls: list[httpx.Request] = []

    def answer(call: httpx.Request) -> httpx.Response:
        calls.append(call)
        return httpx.Response(204)

    assert await client(answer).tell(notice()) == Taken()
    told = Webhook(SECRET).verify(calls[0].content, dict(calls[0].headers))
    assert told["type"] == "service_request.withdrawn"
    assert told["data"] == {"service_request_id": "HQ7", "external_id": "leg1", "reason": "cancelled"}
    assert str(calls[0].url) == "http://far/withdrawals"
    assert calls[0].headers["idempotency-key"] == calls[0].headers["webhook-id"] == NOTICE_ID


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Taken()),
        (202, Taken()),
        (400, Rejected(400)),
        (404, Rejected(404)),
        (410, Rejected(410)),
        (401, Unavailable("HTTP 401")),
        (302, Unavailable("HTTP 302")),
        (500, Unavailable("HTTP 500")),
    ],
)
async def test_what_an_answer_means(status: int, outcome: WithdrawalResult) -> None:
    assert await client(lambda _: httpx.Response(status)).tell(notice()) == outcome


async def test_a_busy_system_says_when_to_come_again() -> None:
    busy = client(lambda _: httpx.Response(503, headers={"retry-after": "7"}))
    assert await busy.tell(notice()) == Unavailable("HTTP 503", 7.0)


async def test_a_system_that_does_not_answer_is_away() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert await client(refuse).tell(notice()) == Unavailable("ConnectError: refused")


async def test_without_an_address_the_desk_must_call() -> None:
    assert await NoWithdrawals().tell(notice()) == Rejected(501)
