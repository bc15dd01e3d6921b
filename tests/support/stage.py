"""A small stage for integration tests: a provisioned broker, a fresh database, and a door to hear through."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import nats
from nats.js.errors import NotFoundError

from deploy.nats.provision import provision
from deploy.nats.topology import durables
from shared.bus.ears import Durable, declared
from shared.bus.stream import STREAM
from shared.clock import SystemClock
from shared.config import ServiceSettings
from shared.contracts.event import Event
from shared.contracts.members import DutyAreaReleased, PersonDeparted
from shared.ids import new_id
from shared.runtime import Opened, Runtime, running


@dataclass(frozen=True, slots=True)
class Counter:
    """An aggregate that only counts."""

    count: int = 0


def settings_for(nats_url: str, mongodb_uri: str, database: str, driver: str = "motor") -> ServiceSettings:
    """Return settings of a service on the test's servers."""
    given = {
        "nats_url": nats_url,
        "mongodb_uri": mongodb_uri,
        "mongodb_database": database,
        "mongodb_driver": driver,
    }
    return ServiceSettings.model_validate(given)


async def begin_anew(nats_url: str) -> None:
    """Make the stream and the durables of all services, empty: no test waits for what another left unsettled."""
    connection = await nats.connect(nats_url)
    manager = connection.jsm()
    with contextlib.suppress(NotFoundError):
        await manager.delete_stream(STREAM)
    await provision(manager, durables())
    await connection.close()


async def declare(nats_url: str, *ears: type[Any]) -> None:
    """Make the stream and exactly the durables of these ears, empty."""
    connection = await nats.connect(nats_url)
    manager = connection.jsm()
    wanted: dict[str, Sequence[Durable]] = {"test": [durable for one in ears for durable in declared(one)]}
    await provision(manager, wanted)
    await connection.close()


def departed(person_id: str | None = None) -> PersonDeparted:
    """Return a fact that carries nothing but an id."""
    return PersonDeparted(person_id=person_id or new_id())


def open_with(ears: object | None) -> Any:
    """Return an `open_rooms` that opens one collection of counters and hears with `ears`."""

    async def open_rooms(runtime: Runtime) -> Opened:
        return Opened(rooms=runtime.documents("counters", Counter), ears=ears)

    return open_rooms


__all__ = [
    "Counter",
    "DutyAreaReleased",
    "Event",
    "PersonDeparted",
    "SystemClock",
    "begin_anew",
    "declare",
    "departed",
    "open_with",
    "running",
    "settings_for",
]
