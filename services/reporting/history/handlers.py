"""Rebuilding: a new generation of rows is read off the stream beside the shown one, and swapped in at once."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from services.reporting.history import domain
from services.reporting.history.domain import Generations, Rebuild
from services.reporting.rows.domain import Row, learn, merge_all
from shared.clock import Clock
from shared.contracts.cells import Aggregate
from shared.contracts.event import Event, Fact
from shared.store.document import Because, Document, Documents, change

ONE = "community"
"""The id of the one document that names the generations."""


class RowStore(Protocol):
    """Where rows of generations are kept."""

    async def merge(self, generation: int, rows: Iterable[Row]) -> None:
        """Merge rows into a generation."""
        ...

    async def read(self, generation: int, places: Iterable[tuple[Aggregate, str]]) -> list[Row]:
        """Return the rows that exist."""
        ...

    async def count(self, generation: int) -> int:
        """Return how many rows a generation has."""
        ...

    async def forget_before(self, generation: int) -> int:
        """Delete the rows of earlier generations."""
        ...


Replay = Callable[[], AsyncIterator[Sequence[Event[Fact]]]]
"""Reads every event of the stream, oldest first, in batches."""


@dataclass(frozen=True, slots=True)
class History:
    """Everything that rebuilding needs; `replica` names this process."""

    generations: Documents[Generations]
    rows: RowStore
    replay: Replay
    clock: Clock
    replica: str


async def open_generations(history: History) -> Generations:
    """Return the generations, making the first when there is none."""
    because = Because.command("reporting", "open", history.clock.now())
    return (await history.generations.create(ONE, Generations(), (), because)).document.state


async def generations(history: History) -> Generations:
    """Return the generations as they now are."""
    document = await history.generations.load(ONE)
    return Generations() if document is None else document.state


async def start_rebuild(history: History, actor: str) -> Generations:
    """Ask for a new generation; from now on every fact reaches it too. Refuses `rebuild.running`."""
    now = history.clock.now()
    because = Because.command(actor, "rebuild", now)
    return _state(await change(history.generations, ONE, lambda state: domain.begin(state, now), because))


async def go_on(history: History) -> None:
    """Build the generation that was asked for, unless another process is at it, and swap it in; safe at any time.

    Everything that was in the stream when the building was asked for is read from it; everything later has been written
    to both generations by the ears. Both may happen to one event: rows merge.
    """
    if not await _hold(history):
        return
    state = await generations(history)
    if state.building is None or state.began_at is None:
        return
    events = 0
    async for batch in history.replay():
        await _learn(history, state, batch)
        events += len(batch)
        if not await _hold(history):
            return
    built = Rebuild(
        generation=state.building,
        began_at=state.began_at,
        ended_at=history.clock.now(),
        events=events,
        rows=await history.rows.count(state.building),
    )
    because = Because.command(history.replica, "swap", built.ended_at)
    await change(history.generations, ONE, lambda state: domain.swap(state, built), because)


async def forget(history: History) -> None:
    """Delete generations that are older than the one before the shown one."""
    state = await generations(history)
    shown = [one.generation for one in state.past]
    if shown:
        await history.rows.forget_before(shown[-2] if len(shown) > 1 else 1)


async def _hold(history: History) -> bool:
    now = history.clock.now()
    if not domain.may_hold(await generations(history), history.replica, now):
        return False
    because = Because.command(history.replica, "hold", now)
    held = await change(history.generations, ONE, lambda state: domain.hold(state, history.replica, now), because)
    return _state(held).holder == history.replica


async def _learn(history: History, state: Generations, batch: Sequence[Event[Fact]]) -> None:
    """Merge a batch into the new generation; the moment at which the shown rows learnt their filing is kept."""
    merged = merge_all(learn(event, history.clock.now()) for event in batch)
    shown = {(row.kind, row.key): row.learnt_at for row in await history.rows.read(state.current, merged.keys())}
    await history.rows.merge(state.building or 0, _remembered(merged, shown))


def _remembered(
    merged: Mapping[tuple[Aggregate, str], Row], shown: Mapping[tuple[Aggregate, str], datetime | None]
) -> list[Row]:
    return [
        replace(row, learnt_at=min(row.learnt_at, before))
        if row.learnt_at is not None and (before := shown.get(place)) is not None
        else row
        for place, row in merged.items()
    ]


def _state(document: Document[Generations] | None) -> Generations:
    return Generations() if document is None else document.state
