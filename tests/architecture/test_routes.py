"""Every route says who may call it where it is written, and one that does not cannot be written."""

import pytest
from fastapi.routing import APIRoute

from shared.http import Router
from tests.contract import openapi
from tests.contract.openapi import PERMISSIONS

OPEN = {"GET /healthz", "GET /readyz", "GET /metrics"}


def _routes(service: str) -> set[str]:
    paths = openapi.told_by(service)["paths"]
    return {f"{method.upper()} {path}" for path, item in paths.items() for method in item}


def test_every_route_that_is_told_says_who_may_call_it() -> None:
    assert set(PERMISSIONS) == set().union(*(_routes(service) for service in openapi.SERVICES))


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_nothing_but_health_and_the_documents_is_open_to_everybody_unsaid(service: str) -> None:
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


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
def test_a_route_that_does_not_say_who_may_call_it_cannot_be_written(method: str) -> None:
    with pytest.raises(TypeError, match="allow"):
        getattr(Router(), method)("/api/requests/planted")


@pytest.mark.parametrize("method", ["put", "options", "head", "trace", "api_route"])
def test_there_is_no_way_round(method: str) -> None:
    with pytest.raises((TypeError, AttributeError)):

        @getattr(Router(), method)("/api/requests/planted")
        async def planted() -> None: ...
