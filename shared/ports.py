"""The ports of a service: what it touches the world through. The real ones, unless somebody gives others."""

import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from shared.bus.broker import Bus, Lag
from shared.bus.publisher import Publisher
from shared.bus.runner import ConsumerRunner
from shared.clock import Clock, SystemClock
from shared.config import ServiceSettings
from shared.contracts.event import Event, Fact
from shared.store.mongo import Database


class BusPort(Protocol):
    """One service's connection to the stream."""

    hearing: bool

    @property
    def connected(self) -> bool:
        """Tell whether the connection stands now."""
        ...

    async def connect(self) -> Publisher:
        """Connect (waiting as long as it takes) and return a publisher."""
        ...

    async def start(self, runners: Sequence[ConsumerRunner]) -> None:
        """Wait until the durables of these runners are there, and begin to hear."""
        ...

    async def lags(self, durables: Sequence[str]) -> Mapping[str, Lag]:
        """Ask the broker how far behind these durables are; a durable it cannot tell of now is left out."""
        ...

    def replay(self) -> AsyncIterator[list[Event[Fact]]]:
        """Yield every event that the stream holds now, in batches, oldest first."""
        ...

    async def finish(self) -> None:
        """Hear nothing more: what is at hand is settled, other events are given back to whoever hears next."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


def _real_database(settings: ServiceSettings, service: str) -> Database:
    name = settings.mongodb_database or f"yizhan_{service}"
    return Database.at(settings.mongodb_uri, name, driver=settings.mongodb_driver)


def _real_bus(settings: ServiceSettings, service: str) -> BusPort:
    user, password = settings.nats_user, settings.nats_password
    return Bus(settings.nats_url, service, user=user, password=password, api=settings.nats_api)


def _real_http(timeout: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=timeout)


def _end_process() -> None:
    signal.raise_signal(signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Ports:
    """How a service gets its clock, store, bus and HTTP client (with a timeout in seconds), and how it ends itself."""

    clock: Clock = field(default_factory=SystemClock)
    database: Callable[[ServiceSettings, str], Database] = _real_database
    bus: Callable[[ServiceSettings, str], BusPort] = _real_bus
    http: Callable[[float], httpx.AsyncClient] = _real_http
    end: Callable[[], None] = _end_process
