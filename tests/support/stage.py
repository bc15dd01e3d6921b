"""A small stage for integration tests: a provisioned broker, a fresh database, and a runner to hear through."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import nats
from nats.js.errors import NotFoundError

from deploy.nats.provision import provision
from deploy.nats.topology import durables
from shared.bus.consumers import Durable, declared
from shared.bus.stream import STREAM
from shared.clock import SystemClock
from shared.config import ServiceSettings
from shared.contracts.event import Event
from shared.contracts.members import DutyAreaReleased, PersonDeparted
from shared.ids import new_id
from shared.runtime import running
from shared.topic import Runtime, Stored, Topic


@dataclass(frozen=True, slots=True)
class Counter:
    """An aggregate that only counts."""

    count: int = 0


@dataclass(frozen=True, slots=True)
class Other(Counter):
    """One that only counts, in another collection."""


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


async def declare(nats_url: str, *consumers: type[Any]) -> None:
    """Make the stream and exactly the durables of these consumers, empty."""
    connection = await nats.connect(nats_url)
    manager = connection.jsm()
    wanted: dict[str, Sequence[Durable]] = {"test": [durable for one in consumers for durable in declared(one)]}
    await provision(manager, wanted)
    await connection.close()


def departed(person_id: str | None = None) -> PersonDeparted:
    """Return a fact that carries nothing but an id."""
    return PersonDeparted(person_id=person_id or new_id())


def counting(consumers: object | None) -> Sequence[Topic[ServiceSettings]]:
    """Return a topic that opens one collection of counters and hears with these consumers."""

    async def opens(runtime: Runtime[ServiceSettings]) -> None:
        runtime.consumers.extend([] if consumers is None else [consumers])

    return [Topic(opens, documents=[Stored("counters", Counter), Stored("others", Other)])]


__all__ = [
    "Counter",
    "DutyAreaReleased",
    "Event",
    "Other",
    "PersonDeparted",
    "SystemClock",
    "begin_anew",
    "counting",
    "declare",
    "departed",
    "running",
    "settings_for",
]
