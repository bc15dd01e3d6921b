"""Every route has a row in the permission table, every row a route, and a route without a row stops its service."""

import pytest
from fastapi.routing import APIRoute

from shared.auth.permissions import PERMISSIONS
from shared.http import Router
from shared.http.app import make_app
from tests.contract import openapi

OPEN = {"GET /healthz", "GET /readyz", "GET /metrics"}


def _routes(service: str) -> set[str]:
    paths = openapi.told_by(service)["paths"]
    return {f"{method.upper()} {path}" for path, item in paths.items() for method in item}


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_every_route_has_a_row(service: str) -> None:
    assert _routes(service) <= set(PERMISSIONS)


def test_every_row_has_a_route() -> None:
    assert set(PERMISSIONS) == set().union(*(_routes(service) for service in openapi.SERVICES))


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_nothing_but_health_and_the_documents_is_outside_the_table(service: str) -> None:
    app = openapi.app_of(service)
    routers = (getattr(route, "original_router", None) for route in app.routes)
    inner = [route for router in routers if router is not None for route in router.routes]
    hidden = {
        f"{method} {route.path}"
        for route in [*app.routes, *inner]
        if isinstance(route, APIRoute) and not route.include_in_schema
        for method in route.methods or ()
    }
    assert inner
    assert hidden <= OPEN


def test_a_route_without_a_row_stops_its_service() -> None:
    router = Router()

    @router.get("/api/requests/planted")
    async def planted() -> None: ...

    with pytest.raises(ValueError, match="no permission row for GET /api/requests/planted"):
        make_app("requests", [router], {}, None, None)  # type: ignore[arg-type]
