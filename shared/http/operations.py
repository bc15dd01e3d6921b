"""How a service is, for administrators: `GET /api/<service>/operations`, the same in every service."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from fastapi import Request, Response

from shared.auth.permissions import ADMIN
from shared.http.body import View
from shared.http.router import Router


class DurableView(View):
    """A durable: events it was never given, events given and not settled yet (None: unknown now), events parked."""

    name: str
    pending: int | None
    unsettled: int | None
    parked: int


class OperationsView(View):
    """A service as it is at `as_of`: whether store and bus answer, and what waits in its outboxes and durables.

    `outbox` counts the documents whose facts are not sent and cleared yet; None when the store does not answer.
    """

    service: str
    store: bool
    bus: bool
    outbox: int | None
    durables: Sequence[DurableView]
    started_at: datetime
    as_of: datetime


Look = Callable[[], Awaitable[OperationsView]]
"""What the application keeps at `app.state.operations`."""


def operations_router(service: str) -> Router:
    """Return the route of this service."""
    router = Router(prefix=f"/api/{service}", tags=["operations"], about="How the service is, for administrators.")
    router.add_api_route("/operations", get_operations, methods=["GET"], allow=ADMIN)
    return router


async def get_operations(call: Request, response: Response) -> OperationsView:
    """Show how the service is: its store and bus, its outboxes, how far behind it hears, and what is parked."""
    look: Look = call.app.state.operations
    response.headers["Cache-Control"] = "no-store"
    return await look()
