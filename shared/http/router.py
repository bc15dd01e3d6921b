"""The router of every `api.py`: strict routes, and none without a word on who may call it."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

from fastapi import APIRouter

from shared.auth.permissions import Allowed
from shared.http.body import StrictRoute

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Declare(Protocol):
    """Makes a function the endpoint of a route, and leaves it as it is."""

    def __call__(self, endpoint: Endpoint) -> Endpoint:
        """Declare this endpoint."""
        ...


class Router(APIRouter):
    """A router of strict routes."""

    def __init__(self, *, about: str | None = None, **options: Any) -> None:
        """Make a router as FastAPI does, with strict routes; `about` says what its tag stands for, once for a tag."""
        super().__init__(route_class=StrictRoute, **options)
        self.about = about

    @property
    def strict_routes(self) -> list[StrictRoute]:
        """The routes, each with who may call it."""
        return cast("list[StrictRoute]", self.routes)

    def add_api_route(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        allow: Allowed,
        body_limit: int | None = None,
        command: str | None = None,
        **options: Any,
    ) -> None:
        """Add a route that `allow` lets people call, how often included.

        `body_limit` is in bytes; `command` is the name by which a `may` in answers offers it.
        """
        super().add_api_route(path, endpoint, **options)
        route = self.strict_routes[-1]
        route.allow, route.body_limit, route.command = allow, body_limit, command

    def get(self, path: str, *, allow: Allowed, **options: Any) -> Declare:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Declare what is read."""
        return self._declared("GET", path, allow, options)

    def post(self, path: str, *, allow: Allowed, **options: Any) -> Declare:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Declare what is made or asked to be done."""
        return self._declared("POST", path, allow, options)

    def patch(self, path: str, *, allow: Allowed, **options: Any) -> Declare:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Declare what is changed in part."""
        return self._declared("PATCH", path, allow, options)

    def delete(self, path: str, *, allow: Allowed, **options: Any) -> Declare:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Declare what is taken away."""
        return self._declared("DELETE", path, allow, options)

    def _declared(self, method: str, path: str, allow: Allowed, options: dict[str, Any]) -> Declare:
        def declare(endpoint: Endpoint) -> Endpoint:
            self.add_api_route(path, endpoint, methods=[method], allow=allow, **options)
            return endpoint

        return declare
