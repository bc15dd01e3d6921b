"""A batch of events becomes one bulk write, and the rows that it changed are shown."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.reporting.rows.domain import Row, merge_all, project
from services.reporting.rows.store import Rows
from shared.clock import Clock
from shared.contracts.event import Event, Fact

Targets = Callable[[], Awaitable[Sequence[int]]]
"""Tells the generations to write now: the current one first, then the one that is being built."""

Show = Callable[[int, Sequence[Row]], None]
"""Shows changed rows of a generation on the boards."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Everything that the projection needs."""

    rows: Rows
    targets: Targets
    show: Show
    clock: Clock


async def project_events(projection: Projection, events: Sequence[Event[Fact]]) -> None:
    """Merge a batch of events into their rows and show the rows as they now are; safe to repeat."""
    at = projection.clock.now()
    merged = merge_all(project(event, at) for event in events)
    targets = await projection.targets()
    for generation in targets:
        await projection.rows.merge(generation, merged.values())
    projection.show(targets[0], await projection.rows.read(targets[0], merged.keys()))
