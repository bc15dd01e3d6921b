"""Every wall that issue 9 asked for and that can be tried from outside, as one probe each."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.probes.system import Breach, NotTried, System

Probe = Callable[[System], Awaitable[None]]


@dataclass(frozen=True)
class Wall:
    """One wall: its kind, as the issue names it, and what must hold."""

    kind: str
    name: str
    probe: Probe


@dataclass(frozen=True)
class Found:
    """What a probe found; `holds` is None when it could not be tried."""

    wall: Wall
    holds: bool | None
    seen: str = ""


WALLS: list[Wall] = []


def wall(kind: str) -> Callable[[Probe], Probe]:
    """Enter a probe into the catalogue; its docstring is the sentence that must hold."""

    def enter(probe: Probe) -> Probe:
        WALLS.append(Wall(kind, str(probe.__doc__).partition("\n")[0].rstrip("."), probe))
        return probe

    return enter


async def tried(one: Wall, system: System, seconds: float = 120) -> Found:
    """Run one probe."""
    try:
        async with asyncio.timeout(seconds):
            await one.probe(system)
    except Breach as breach:
        return Found(one, holds=False, seen=str(breach))
    except NotTried as why:
        return Found(one, holds=None, seen=str(why))
    return Found(one, holds=True)
