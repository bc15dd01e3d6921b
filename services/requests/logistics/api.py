"""The signed webhook through which an outside system tells its news."""

from typing import Annotated, cast

import orjson
from fastapi import Depends, Path
from fastapi import Request as Call
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from services.requests.logistics.domain import News, RemoteStatus
from services.requests.logistics.handlers import Logistics, take_news
from shared.http import Router, View
from shared.refusal import Refusal

router = Router(prefix="/hooks/logistics", tags=["hooks"])

STALE = frozenset({"leg.wrong_state", "request.wrong_stage"})
"""Refusals that an outside system must not try again: its news came too late to change anything."""


class _News(BaseModel):
    model_config = ConfigDict(extra="ignore")

    service_request_id: str = Field(min_length=1, max_length=200)
    external_id: str | None = Field(default=None, max_length=40)
    status: RemoteStatus
    status_notes: str | None = Field(default=None, max_length=2000)


class _Hook(BaseModel):
    model_config = ConfigDict(extra="ignore")

    data: _News


class HookView(View):
    """What became of the news: `taken`, or `stale` with the code of the rule that it came too late for."""

    outcome: str
    code: str | None = None


async def _rooms(call: Call) -> Logistics:
    return cast("Logistics", call.app.state.rooms.logistics)


@router.post("/{system}")
async def post_hook(
    call: Call, system: Annotated[str, Path(max_length=40)], logistics: Annotated[Logistics, Depends(_rooms)]
) -> HookView:
    """Take in news about a leg, signed by Standard Webhooks; the same webhook-id changes the request once."""
    raw = await call.body()
    if system != logistics.casework.system:
        raise Refusal("hook.unknown_system")
    _verify(logistics.secret, raw, call)
    told = _parse(raw)
    news = News(system, told.service_request_id, told.status, told.status_notes)
    try:
        await take_news(logistics, call.headers["webhook-id"][:128], told.external_id, news)
    except Refusal as refusal:
        if refusal.code not in STALE:
            raise
        return HookView(outcome="stale", code=refusal.code)
    return HookView(outcome="taken")


def _verify(secret: str, raw: bytes, call: Call) -> None:
    try:
        Webhook(secret).verify(raw, dict(call.headers), json_parse=False)
    except (WebhookVerificationError, EmptyWebhookSecretError, ValueError) as error:
        raise Refusal("hook.bad_signature") from error


def _parse(raw: bytes) -> _News:
    try:
        return _Hook.model_validate(orjson.loads(raw)).data
    except orjson.JSONDecodeError as error:
        raise Refusal("http.body_garbled") from error
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from error
