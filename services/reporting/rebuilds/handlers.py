"""Rebuilding: a new generation of rows is read off the stream beside the shown one, and swapped in at once."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.reporting.rebuilds import domain
from services.reporting.rebuilds.domain import Generations, Rebuild
from services.reporting.rows.domain import Row, merge_all, project
from services.reporting.rows.store import Rows
from shared.clock import Clock
from shared.contracts.cells import Aggregate
from shared.contracts.event import Event, Fact
from shared.store.document import Because, Document, Documents, change

ONE = "community"
"""The id of the one document that names the generations."""


Replay = Callable[[], AsyncIterator[Sequence[Event[Fact]]]]
"""Reads every event of the stream, oldest first, in batches."""


@dataclass(frozen=True, slots=True)
class Rebuilds:
    """Everything that rebuilding needs; `replica` names this process."""

    generations: Documents[Generations]
    rows: Rows
    replay: Replay
    clock: Clock
    replica: str


async def open_generations(rebuilds: Rebuilds) -> Generations:
    """Return the generations, making the first when there is none."""
    because = Because.command("reporting", "open", rebuilds.clock.now())
    return (await rebuilds.generations.create(ONE, Generations(), (), because)).document.state


async def generations(rebuilds: Rebuilds) -> Generations:
    """Return the generations as they now are."""
    document = await rebuilds.generations.load(ONE)
    return Generations() if document is None else document.state


async def start_rebuild(rebuilds: Rebuilds, actor: str) -> Generations:
    """Ask for a new generation; from now on every fact reaches it too. Refuses `rebuild.running`."""
    now = rebuilds.clock.now()
    because = Because.command(actor, "rebuild", now)
    return _state(await change(rebuilds.generations, ONE, lambda state: domain.begin(state, now), because))


async def go_on(rebuilds: Rebuilds) -> None:
    """Build the generation that was asked for, unless another process is at it, and swap it in; safe at any time.

    Everything that was in the stream when the building was asked for is read from it; everything later has been written
    to both generations by the consumers. Both may happen to one event: rows merge.
    """
    if not await _hold(rebuilds):
        return
    state = await generations(rebuilds)
    if state.building is None or state.began_at is None:
        return
    events = 0
    async for batch in rebuilds.replay():
        await _project(rebuilds, state, batch)
        events += len(batch)
        if not await _hold(rebuilds):
            return
    built = Rebuild(
        generation=state.building,
        began_at=state.began_at,
        ended_at=rebuilds.clock.now(),
        events=events,
        rows=await rebuilds.rows.count(state.building),
    )
    because = Because.command(rebuilds.replica, "swap", built.ended_at)
    await change(rebuilds.generations, ONE, lambda state: domain.swap(state, built), because)


async def forget(rebuilds: Rebuilds) -> None:
    """Delete generations that are older than the one before the shown one."""
    state = await generations(rebuilds)
    shown = [one.generation for one in state.past]
    if shown:
        await rebuilds.rows.forget_before(shown[-2] if len(shown) > 1 else 1)


async def _hold(rebuilds: Rebuilds) -> bool:
    now = rebuilds.clock.now()
    if not domain.may_hold(await generations(rebuilds), rebuilds.replica, now):
        return False
    because = Because.command(rebuilds.replica, "hold", now)
    held = await change(rebuilds.generations, ONE, lambda state: domain.hold(state, rebuilds.replica, now), because)
    return _state(held).holder == rebuilds.replica


async def _project(rebuilds: Rebuilds, state: Generations, batch: Sequence[Event[Fact]]) -> None:
    """Merge a batch into the new generation; the moment at which the shown rows learnt their filing is kept."""
    merged = merge_all(project(event, rebuilds.clock.now()) for event in batch)
    shown = {(row.kind, row.key): row.learnt_at for row in await rebuilds.rows.read(state.current, merged.keys())}
    await rebuilds.rows.merge(state.building or 0, _remembered(merged, shown))


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
