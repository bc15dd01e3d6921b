"""The application of one service: routes with who may call them, problems, health, OpenAPI with its codes."""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import Depends, FastAPI, Response
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp

from shared.auth.dependency import permit
from shared.http.body import StrictRoute
from shared.http.document import document_of, tags_of
from shared.http.hot import Express, HotRoute
from shared.http.methods import Methods
from shared.http.middleware import HttpMiddleware
from shared.http.problems import install
from shared.http.router import Router

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class _Application(FastAPI):
    """FastAPI with our own surroundings around everything, and an express for hot routes inside them."""

    def __init__(self, routes: Sequence[StrictRoute], **options: Any) -> None:
        super().__init__(**options)
        self._hot = [route for route in routes if isinstance(route, HotRoute)]
        self._limits = {route.path: route.body_limit for route in routes if route.body_limit is not None}

    def build_middleware_stack(self) -> ASGIApp:
        """Stand before the framework's own layers; where telemetry is on, every call takes the long way."""
        whole = super().build_middleware_stack()
        fast = whole if _observed() else Express(whole, self, self._hot)
        return HttpMiddleware(Methods(fast, self), self._limits)


def make_app(
    service: str,
    routers: Sequence[Router],
    refusals: Mapping[str, int],
    lifespan: Lifespan,
    ready: Callable[[], Awaitable[Mapping[str, bool]]],
    about: str = "",
) -> FastAPI:
    """Return the service's application; `about` is what its document says of it.

    Raises `ValueError` when a tag has no description, `TypeError` when a hot route does not ask who calls.
    """
    app = _Application(
        [route for router in routers for route in router.strict_routes],
        title=f"Yizhan {service}",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"/api/{service}/openapi.json",
        redirect_slashes=False,
        telemetry=_telemetry(),
    )
    for router in routers:
        _check_hot(service, router)
        app.include_router(router, dependencies=[Depends(permit)])
    tags_of(routers)
    _add_health(app, ready)
    install(app, refusals)
    _document(app, service, about, routers, refusals)
    return app


def _telemetry() -> TelemetryConfig:
    """Observe by OpenTelemetry only where its environment is set: asking for it at every call costs 5 % of a call."""
    wanted = _observed()
    return {"tracing": wanted, "metrics": wanted, "logs": wanted}


def _observed() -> bool:
    return any(name.startswith("OTEL_") for name in os.environ)


def _check_hot(service: str, router: Router) -> None:
    for route in router.strict_routes:
        if isinstance(route, HotRoute) and not any(dep.call is permit for dep in route.dependant.dependencies):
            msg = f"{service}: the hot route {route.path} asks nobody who calls: give it `Me`"
            raise TypeError(msg)


def _add_health(app: FastAPI, ready: Callable[[], Awaitable[Mapping[str, bool]]]) -> None:
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    async def readyz(response: Response) -> dict[str, Any]:
        parts = await ready()
        fine = all(parts.values())
        if not fine:
            response.status_code = 503
        return {"status": "ready" if fine else "not ready", "parts": dict(parts)}

    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    for path, endpoint in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", metrics)):
        app.router.routes.append(
            APIRoute(path, endpoint, methods=["GET"], include_in_schema=False, response_model=None)
        )


def _document(app: FastAPI, service: str, about: str, routers: Sequence[Router], refusals: Mapping[str, int]) -> None:
    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document_of(app, service, about, routers, refusals)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
