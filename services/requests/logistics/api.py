"""The signed webhook through which an outside system tells its news, and what the desk settles with it by hand."""

from typing import Annotated, Any, Final

from fastapi import Path
from fastapi import Request as Call
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from services.requests.casework.domain.request import Command
from services.requests.casework.queries.views import RequestView
from services.requests.legs.api import OneLeg
from services.requests.logistics.domain.reading import read_json, rows_of
from services.requests.logistics.domain.withdrawing import acknowledge
from services.requests.logistics.handlers.hooks import SHOWN, TOO_LATE, Hook, take_hook
from services.requests.logistics.handlers.logistics import Logistics
from shared.auth.permissions import CASES, PUBLIC, roles
from shared.contracts.members import Role
from shared.http import Body, Router, View, may_answer
from shared.refusal import Refusal
from shared.topic import part
from shared.words import Note, take_in

router = Router(prefix="/hooks/logistics", tags=["hooks"], about="What outside systems tell us, signed.")


class HookView(View):
    """What became of the news: `taken`, `stale` (it came too late), or `kept` for people to read; with the rule's code.

    Of several rows it is the first that was not taken.
    """

    outcome: str
    code: str | None = None


def _signed_header(name: str, description: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": True, "description": description, "schema": {"type": "string"}}


_SIGNED: Final[dict[str, Any]] = {
    "parameters": [
        _signed_header("webhook-id", "The id of the news: what comes again under it changes nothing."),
        _signed_header("webhook-timestamp", "When it was sent, in seconds since 1970; five minutes off are refused."),
        _signed_header("webhook-signature", "One or more signatures, `v1,<base64>`, of id, timestamp and body."),
    ],
    "requestBody": {
        "required": True,
        "description": "News in the outside system's own words; Open311's are understood.",
        "content": {"application/json": {"schema": {}}},
    },
}


@router.post("/{system}", allow=PUBLIC, openapi_extra=_SIGNED, responses=may_answer(401))
async def post_hook(
    call: Call, system: Annotated[str, Path(max_length=40)], logistics: Annotated[Logistics, part(Logistics)]
) -> HookView:
    """Take in news about legs, signed by Standard Webhooks; the same webhook-id changes a request once.

    News is taken as far as it can be understood, and what cannot is kept and shown: only a forged signature, another
    system's name and what is no JSON are refused.
    """
    raw = await call.body()
    if system != logistics.casework.system:
        raise Refusal("hook.unknown_system")
    _verify(logistics.secret, raw, call)
    hook = Hook(
        call.headers["webhook-id"], rows_of(_parse(raw)), take_in(raw[: SHOWN * 4].decode("utf-8", "replace"), SHOWN)
    )
    code = next((code for code in await take_hook(logistics, hook) if code is not None), None)
    if code is None:
        return HookView(outcome="taken")
    return HookView(outcome="stale" if code in TOO_LATE else "kept", code=code)


def _verify(secret: str, raw: bytes, call: Call) -> None:
    try:
        Webhook(secret).verify(raw, dict(call.headers), json_parse=False)
    except UnicodeDecodeError as error:  # what is no text cannot be what was signed
        raise Refusal("http.body_garbled") from error
    except (WebhookVerificationError, EmptyWebhookSecretError, ValueError) as error:
        raise Refusal("hook.bad_signature") from error


def _parse(raw: bytes) -> object:
    try:
        return read_json(raw)
    except ValueError as error:
        raise Refusal("http.body_garbled") from error


_ACKNOWLEDGERS: Final = roles(*CASES.roles or (), Role.LOGISTICS)

legs_router = Router(prefix="/api/requests/{request_id}/legs", tags=["legs"])


class AcknowledgementBody(Body):
    """What was settled with the outside system, and with whom."""

    note: Note


@legs_router.post("/{leg_id}/outside-acknowledgement", allow=_ACKNOWLEDGERS, command=Command.ACKNOWLEDGE_OUTSIDE)
async def post_outside_acknowledgement(call: OneLeg, body: AcknowledgementBody) -> RequestView:
    """Write down what was settled by hand with an outside system that could not be told of a dropped leg."""
    return await call.give(Command.ACKNOWLEDGE_OUTSIDE, acknowledge, leg_id=call.leg_id, note=body.note)
