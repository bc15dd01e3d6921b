"""Learning: a batch of events becomes one bulk write, and the rows that it changed are shown."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.reporting.rows.domain import Row, learn, merge_all
from shared.clock import Clock
from shared.contracts.cells import Aggregate
from shared.contracts.event import Event, Fact


class RowStore(Protocol):
    """Where rows are kept."""

    async def merge(self, generation: int, rows: Iterable[Row]) -> None:
        """Merge rows into a generation."""
        ...

    async def read(self, generation: int, places: Iterable[tuple[Aggregate, str]]) -> list[Row]:
        """Return the rows that exist."""
        ...


Targets = Callable[[], Awaitable[Sequence[int]]]
"""Tells the generations to write now: the current one first, then the one that is being built."""

Show = Callable[[int, Sequence[Row]], None]
"""Shows changed rows of a generation on the boards."""


@dataclass(frozen=True, slots=True)
class Learner:
    """Everything that learning needs."""

    rows: RowStore
    targets: Targets
    show: Show
    clock: Clock


async def learn_events(learner: Learner, events: Sequence[Event[Fact]]) -> None:
    """Merge a batch of events into their rows and show the rows as they now are; safe to repeat."""
    at = learner.clock.now()
    merged = merge_all(learn(event, at) for event in events)
    targets = await learner.targets()
    for generation in targets:
        await learner.rows.merge(generation, merged.values())
    learner.show(targets[0], await learner.rows.read(targets[0], merged.keys()))
