"""The outside system over Open311 GeoReport v2, and how its legs are found again."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, cast

import httpx
import structlog

from services.requests.clocks.store import LONG_AGO
from services.requests.logistics.domain import Away, Numbered, Order, Promised, RemoteStatus, Sent, TurnedDown
from shared.store.mongo import Index

log = structlog.get_logger(__name__)

INDEXES: Final = (
    Index(keys=(("state.legs.id", 1),), partial={"state.legs.kind": "outside"}),
    Index(keys=(("state.poll_at", 1),), partial={"state.poll_at": {"$gt": LONG_AGO}}),
)

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


def find_by_leg(leg_id: str) -> Mapping[str, Any]:
    """Return the filter of the request that has this outside leg."""
    return {"state.legs.kind": "outside", "state.legs.id": leg_id}


def find_by_number(system: str, remote_id: str) -> Mapping[str, Any]:
    """Return the filter of the request that has a leg under this number of the outside system."""
    return {"state.legs": {"$elemMatch": {"kind": "outside", "system": system, "remote_id": remote_id}}}


def silent_since(moment: datetime) -> Mapping[str, Any]:
    """Return the filter of requests with an outside leg that was neither heard nor asked since this moment."""
    return {"state.poll_at": {"$gt": LONG_AGO, "$lte": moment}}


class NoSystem:
    """Stands where a campus has no outside system: every leg is turned down, so that the desk acts."""

    async def send(self, order: Order) -> Sent:
        """Turn the leg down."""
        log.warning("logistics.no_system", leg_id=order.leg_id)
        return TurnedDown(HTTPStatus.NOT_IMPLEMENTED)

    async def number_of(self, token: str) -> str | None:
        """Know no number."""
        log.debug("logistics.no_system", token=token)

    async def status_of(self, remote_id: str) -> tuple[RemoteStatus, str | None] | None:
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

    async def send(self, order: Order) -> Sent:
        """Post a service request. 4xx means never, unless it is about us or about now; anything else means later."""
        form = {
            "api_key": self._api_key,
            "service_code": order.service_code,
            "description": f"{order.title}\n{order.text}".strip(),
            "address_string": order.place,
            "attribute[external_id]": order.leg_id,
            "attribute[callback_url]": self._callback_url,
        }
        try:
            answer = await self._client.post(
                f"{self._base}/requests.json", data=form, headers={"Idempotency-Key": order.leg_id}
            )
        except httpx.HTTPError as error:
            return Away(f"{type(error).__name__}: {error}")
        status = answer.status_code
        if answer.is_client_error and status not in _LATER:
            return TurnedDown(status)
        row = _first(answer)
        if row is None:
            return Away(f"HTTP {status}", _retry_after(answer))
        if number := _word(row, "service_request_id"):
            return Numbered(number)
        if token := _word(row, "token"):
            return Promised(token)
        return Away(f"HTTP {status} with neither number nor token")

    async def number_of(self, token: str) -> str | None:
        """Return the number that belongs to a token; None: not yet, or no answer."""
        row = await self._get(f"tokens/{token}.json")
        return None if row is None else _word(row, "service_request_id")

    async def status_of(self, remote_id: str) -> tuple[RemoteStatus, str | None] | None:
        """Return status and notes; None: it does not know the number, or no answer."""
        row = await self._get(f"requests/{remote_id}.json")
        status = None if row is None else _word(row, "status")
        if row is None or status not in set(RemoteStatus):
            return None
        return RemoteStatus(status), _word(row, "status_notes")

    async def _get(self, path: str) -> Mapping[str, Any] | None:
        try:
            return _first(await self._client.get(f"{self._base}/{path}", params={"api_key": self._api_key}))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.info("logistics.no_answer", path=path, error=f"{type(error).__name__}: {error}")
            return None


def _first(answer: httpx.Response) -> Mapping[str, Any] | None:
    """Return the first row of a good answer; None: not a good answer, or no rows."""
    try:
        rows: Any = answer.json() if answer.is_success else None
    except ValueError:
        return None
    row: Any = cast("list[Any]", rows)[0] if isinstance(rows, list) and rows else None
    return cast("Mapping[str, Any]", row) if isinstance(row, dict) else None


def _word(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    return str(value)[:200] if value not in {None, ""} else None


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return min(float(text), _LONGEST_WAIT) if text.isdigit() else None
