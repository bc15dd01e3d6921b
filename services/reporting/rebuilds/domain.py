"""Generations of rows: one is shown, at most one is being built from the stream, and a swap changes which is shown."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.contracts.event import Fact
from shared.refusal import Refusal

HOLD: Final = timedelta(seconds=30)
"""How long a process may build without a sign of life before another takes over."""

KEPT: Final = 20
Facts = tuple[Fact, ...]
NOTHING: Final[Facts] = ()
"""Rebuilds tell nobody anything."""


class Why(StrEnum):
    """Why a rebuild is refused."""

    RUNNING = "rebuild.running"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """One finished rebuild: its generation, when it ran, and how many events and rows it came to."""

    generation: int
    began_at: datetime
    ended_at: datetime
    events: int
    rows: int


@dataclass(frozen=True, slots=True)
class Generations:
    """Which generation is shown, which is being built, by whom and until when that process may be trusted to go on."""

    current: int = 1
    building: int | None = None
    began_at: datetime | None = None
    holder: str | None = None
    held_until: datetime | None = None
    past: tuple[Rebuild, ...] = ()

    @property
    def written(self) -> tuple[int, ...]:
        """Return the generations that every fact must reach now, the shown one first."""
        return (self.current,) if self.building is None else (self.current, self.building)


def begin(state: Generations, now: datetime) -> tuple[Generations, Facts]:
    """Begin a new generation; refuses `rebuild.running` while another is being built."""
    if state.building is not None:
        raise Refusal(Why.RUNNING, generation=state.building)
    last = max([state.current, *(one.generation for one in state.past)])
    return replace(state, building=last + 1, began_at=now, holder=None, held_until=None), NOTHING


def may_hold(state: Generations, who: str, now: datetime) -> bool:
    """Tell whether this process may build: there is something to build and nobody else is at it."""
    free = state.held_until is None or state.held_until <= now
    return state.building is not None and (free or state.holder == who)


def hold(state: Generations, who: str, now: datetime) -> tuple[Generations, Facts]:
    """Take or keep the work of building; changes nothing when another process has it."""
    if not may_hold(state, who, now):
        return state, NOTHING
    return replace(state, holder=who, held_until=now + HOLD), NOTHING


def swap(state: Generations, built: Rebuild) -> tuple[Generations, Facts]:
    """Show the generation that was built; changes nothing when it is not the one being built (any more)."""
    if state.building != built.generation:
        return state, NOTHING
    past = (*state.past, built)[-KEPT:]
    return Generations(current=built.generation, past=past), NOTHING
