"""The outside system over Open311 GeoReport v2, and the signed webhook by which it is told what is no longer wanted."""

import json
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import httpx
import structlog
from standardwebhooks.webhooks import Webhook

from services.requests.logistics.domain.exchange import (
    Numbered,
    Order,
    Promised,
    Rejected,
    SendResult,
    Taken,
    Unavailable,
    WithdrawalResult,
)
from services.requests.logistics.domain.reading import ParsedNews, read_json, read_row, rows_of
from services.requests.logistics.domain.withdrawing import Notice

log = structlog.get_logger(__name__)

_LATER: Final = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,  # our key is wrong, not the leg
        HTTPStatus.FORBIDDEN,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
_LONGEST_WAIT: Final = 300.0


class NoSystem:
    """Stands where a campus has no outside system: every leg is turned down, so that the desk acts."""

    async def send(self, order: Order) -> SendResult:
        """Turn the leg down."""
        log.warning("logistics.no_system", leg_id=order.leg_id)
        return Rejected(HTTPStatus.NOT_IMPLEMENTED)

    async def number_of(self, token: str) -> str | None:
        """Know no number."""
        log.debug("logistics.no_system", token=token)

    async def status_of(self, remote_id: str) -> ParsedNews | None:
        """Know no status."""
        log.debug("logistics.no_system", remote_id=remote_id)


class Open311:
    """A client of GeoReport v2. The leg's id goes out as Idempotency-Key, so that sending twice creates once."""

    def __init__(self, client: httpx.AsyncClient, base: str, api_key: str, callback_url: str) -> None:
        """Speak to the system at `base`; it tells its news to `callback_url`."""
        self._client = client
        self._base = base.rstrip("/")
        self._api_key = api_key
        self._callback_url = callback_url

    async def send(self, order: Order) -> SendResult:
        """Post a service request. 4xx means never, unless it is about us or about now; anything else means later."""
        form = {
            "api_key": self._api_key,
            "service_code": order.service_code,
            "description": f"{order.title}\n{order.text}".strip(),
            "address_string": order.address,
            "address_id": order.place,
            "attribute[external_id]": order.leg_id,
            "attribute[number]": order.number,
            "attribute[callback_url]": self._callback_url,
        }
        try:
            answer = await self._client.post(
                f"{self._base}/requests.json", data=form, headers={"Idempotency-Key": order.leg_id}
            )
        except httpx.HTTPError as error:
            return Unavailable(f"{type(error).__name__}: {error}")
        status = answer.status_code
        if answer.is_client_error and status not in _LATER:
            return Rejected(status)
        told = _first(answer)
        if told is None:
            return Unavailable(f"HTTP {status}", _retry_after(answer))
        if told.number is not None:
            return Numbered(told.number)
        if told.token is not None:
            return Promised(told.token)
        return Unavailable(f"HTTP {status} with neither number nor token")

    async def number_of(self, token: str) -> str | None:
        """Return the number that belongs to a token; None: not yet, or no answer."""
        told = await self._get(f"tokens/{quote(token, safe='')}.json")
        return None if told is None else told.number

    async def status_of(self, remote_id: str) -> ParsedNews | None:
        """Return what it says of this number; None: it does not know the number, or no answer, or not a word of it."""
        told = await self._get(f"requests/{quote(remote_id, safe='')}.json", remote_id)
        return told if told is not None and (told.status or told.word or told.notes) else None

    async def _get(self, path: str, number: str | None = None) -> ParsedNews | None:
        try:
            answer = await self._client.get(f"{self._base}/{path}", params={"api_key": self._api_key})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.info("logistics.no_answer", path=path, error=f"{type(error).__name__}: {error}")
            return None
        return _first(answer, number)


class NoWithdrawals:
    """Stands where an outside system cannot be told that a leg is no longer wanted: the desk must call."""

    async def tell(self, notice: Notice) -> WithdrawalResult:
        """Turn it down."""
        log.info("logistics.no_withdrawals", leg_id=notice.leg_id)
        return Rejected(HTTPStatus.NOT_IMPLEMENTED)


class SignedWithdrawals:
    """Posts signed Standard Webhooks, because GeoReport v2 has no word for a request that is no longer wanted."""

    def __init__(self, client: httpx.AsyncClient, url: str, secret: str) -> None:
        """Post to this address, signed with this secret."""
        self._client = client
        self._url = url
        self._webhook = Webhook(secret)

    async def tell(self, notice: Notice) -> WithdrawalResult:
        """Post it. 4xx means never, unless it is about us or about now; anything else means later."""
        data = {"service_request_id": notice.remote_id, "external_id": notice.leg_id, "reason": notice.reason}
        body = json.dumps({"type": "service_request.withdrawn", "timestamp": notice.at.isoformat(), "data": data})
        headers = {
            "content-type": "application/json",
            "idempotency-key": notice.id,
            "webhook-id": notice.id,
            "webhook-timestamp": str(int(notice.at.timestamp())),
            "webhook-signature": self._webhook.sign(notice.id, notice.at, body),
        }
        try:
            answer = await self._client.post(self._url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Unavailable(f"{type(error).__name__}: {error}")
        if answer.is_success:
            return Taken()
        if answer.is_client_error and answer.status_code not in _LATER:
            return Rejected(answer.status_code)
        return Unavailable(f"HTTP {answer.status_code}", _retry_after(answer))


def _first(answer: httpx.Response, number: str | None = None) -> ParsedNews | None:
    """Return the row of this number in a good answer, or the first that names none; None: no good answer, or no row."""
    try:
        rows = [read_row(row) for row in rows_of(read_json(answer.content) if answer.is_success else None)]
    except ValueError:
        return None
    if number is None:
        return rows[0] if rows else None
    return next((row for asked in (number, None) for row in rows if row.number == asked), None)


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return min(float(text), _LONGEST_WAIT) if text.isdigit() else None
