"""The faces of the repair system: Open311 GeoReport v2 for senders, a small page for its own staff."""

import asyncio
import hashlib
import html
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from deploy.demo.repair_system.catalogue import CODES, services
from deploy.demo.repair_system.settings import Settings
from deploy.demo.repair_system.store import NewOrder, Store, rfc3339
from deploy.demo.repair_system.worker import Worker

_LONGEST = 4000


def build(settings: Settings) -> FastAPI:
    """Return the application; its store opens with it and its worker runs as long as it does."""

    @asynccontextmanager
    async def alive(app: FastAPI) -> AsyncIterator[None]:
        app.state.store = store = Store(settings.db)
        work = asyncio.create_task(Worker(store, settings).run())
        yield
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        store.close()

    app = FastAPI(title="Campus repairs", lifespan=alive)
    app.state.settings = settings
    app.include_router(_open311)
    app.include_router(_withdrawals)
    app.include_router(_staff)
    return app


_open311 = APIRouter(prefix="/open311/v2")
_withdrawals = APIRouter()
_staff = APIRouter()


def _error(code: int, description: str) -> JSONResponse:
    return JSONResponse([{"code": code, "description": description}], status_code=code)


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def _down(request: Request) -> JSONResponse | None:
    return _error(503, "the repair system is down") if _store(request).is_down() else None


def _shown(order: dict[str, Any]) -> dict[str, Any]:
    return {
        "service_request_id": order["id"],
        "status": order["status"],
        "status_notes": order["notes"],
        "service_code": order["service_code"],
        "description": order["description"],
        "agency_responsible": "后勤维修中心",
        "requested_datetime": rfc3339(order["requested_at"]),
        "updated_datetime": rfc3339(order["updated_at"]),
        "expected_datetime": rfc3339(order["done_at"]),
        "address": order["address"],
        "attributes": {"external_id": order["external_id"]},
    }


@_open311.get("/services.json")
async def list_services(request: Request) -> Response:
    """Return what can be ordered."""
    return _down(request) or JSONResponse(services())


@_open311.get("/requests.json")
async def list_requests(request: Request) -> Response:
    """Return orders, newest first, by `service_request_id`, `status`, `service_code` or `external_id`."""
    if (down := _down(request)) is not None:
        return down
    asked = request.query_params
    names = {"service_request_id": "id", "status": "status", "service_code": "service_code"}
    orders = _store(request).find(**{column: asked[name] for name, column in names.items() if name in asked})
    external = asked.get("external_id")
    return JSONResponse([_shown(order) for order in orders if external is None or order["external_id"] == external])


@_open311.get("/requests/{order_id}.json")
async def show_request(request: Request, order_id: str) -> Response:
    """Return one order."""
    if (down := _down(request)) is not None:
        return down
    orders = _store(request).find(id=order_id)
    return JSONResponse([_shown(order) for order in orders]) if orders else _error(404, "service_request_id not found")


@_open311.post("/requests.json")
async def post_request(request: Request) -> Response:
    """Take an order; the same `attribute[external_id]` (or Idempotency-Key) again gets the same number."""
    if (down := _down(request)) is not None:
        return down
    settings: Settings = request.app.state.settings
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    if settings.api_key and form.get("api_key") != settings.api_key:
        return _error(403, "api_key missing or unknown")
    if not form.get("service_code"):
        return _error(400, "service_code is required")
    if form["service_code"] not in CODES:
        return _error(404, "service_code not found")
    if not form.get("address_string"):
        return _error(400, "address_string is required")
    order = NewOrder(
        external_id=form.get("attribute[external_id]") or request.headers.get("idempotency-key"),
        service_code=form["service_code"],
        description=form.get("description", "")[:_LONGEST],
        address=form["address_string"][:_LONGEST],
        callback=form.get("attribute[callback_url]", ""),
    )
    now = time.time()
    takes = settings.seconds * _share(order)
    number = _store(request).take(order, now, now + takes / 2, now + takes)
    return JSONResponse([{"service_request_id": number, "service_notice": "已受理", "account_id": None}])


@_withdrawals.post("/withdrawals")
async def post_withdrawal(request: Request) -> Response:
    """Close an order that its sender no longer wants; told by a Standard Webhook, signed with the secret of ours."""
    if (down := _down(request)) is not None:
        return down
    settings: Settings = request.app.state.settings
    raw = await request.body()
    try:
        told = Webhook(settings.secret).verify(raw, dict(request.headers))
        data = told["data"]
        number, external = data.get("service_request_id"), data.get("external_id")
    except WebhookVerificationError:
        return _error(401, "signature missing or wrong")
    except (AttributeError, KeyError, TypeError, ValueError):
        return _error(400, "no withdrawal")
    ids = (number, external)
    if told.get("type") != "service_request.withdrawn" or not all(
        each is None or isinstance(each, str) for each in ids
    ):
        return _error(400, "no withdrawal")
    if not _store(request).withdraw(number, external, time.time()):
        return _error(404, "service_request_id not found")
    return JSONResponse([{"service_request_id": number}])


def _share(order: NewOrder) -> float:
    """Return 0.5 to 1.5, always the same for the same order: some work takes longer."""
    return 0.5 + hashlib.sha256(f"{order.external_id}{order.description}".encode()).digest()[0] / 255


@_staff.get("/healthz")
async def healthz() -> dict[str, str]:
    """Tell that the process runs (also while the system is taken down)."""
    return {"status": "ok"}


@_staff.get("/admin/counts")
async def counts(request: Request) -> dict[str, int | bool]:
    """Return how much there is, and whether the system is down."""
    store = _store(request)
    return {**store.counts(), "down": store.is_down()}


@_staff.post("/admin/{switch}")
async def turn(request: Request, switch: str) -> Response:
    """Take the system `down` (it answers 503 and sends nothing) or `up` again."""
    if switch not in {"down", "up"}:
        return _error(404, "no such switch")
    _store(request).take_down(down=switch == "down")
    return RedirectResponse("/admin", status_code=303)


@_staff.get("/admin")
async def page(request: Request) -> HTMLResponse:
    """Show the newest orders and the switch."""
    store = _store(request)
    down = store.is_down()
    counted = " · ".join(f"{name} {number}" for name, number in store.counts().items())
    cells = ("id", "service_code", "address", "status", "notes", "description")
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(order[cell]))}</td>" for cell in cells) + "</tr>"
        for order in store.find()[:100]
    )
    switch, label = ("up", "恢复运行") if down else ("down", "停机 (503)")
    return HTMLResponse(
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>后勤报修系统</title>"
        "<style>body{font:15px/1.6 sans-serif;margin:2rem}td{padding:.2rem .8rem;border-bottom:1px solid #ddd}</style>"
        f"<h1>后勤报修系统{' (已停机)' if down else ''}</h1><p>{counted}</p>"
        f"<form method=post action=/admin/{switch}><button>{label}</button></form><table>{rows}</table></html>"
    )
