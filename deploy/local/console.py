"""The logs of all parts on one screen, each line behind its part's name in its own colour."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
POLL_S = 0.2


async def follow(logs: Path, names: Sequence[str], out: TextIO = sys.stdout) -> None:
    """Write what is added to `<name>.log` of each part, for ever; colours only on a terminal."""
    width = max(map(len, names), default=0)
    coloured = out.isatty()
    places = {name: _size(logs / f"{name}.log") for name in names}
    while True:
        for number, name in enumerate(names):
            places[name], lines = _added(logs / f"{name}.log", places[name])
            for line in lines:
                prefix = f"{name:>{width}} |"
                if coloured:
                    prefix = f"\033[{COLOURS[number % len(COLOURS)]}m{prefix}\033[0m"
                out.write(f"{prefix} {line}\n")
        out.flush()
        await asyncio.sleep(POLL_S)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _added(path: Path, place: int) -> tuple[int, list[str]]:
    """Return the whole lines after `place` and the place behind them."""
    if _size(path) <= place:
        return min(place, _size(path)), []
    with path.open("rb") as log:
        log.seek(place)
        added = log.read()
    whole = added[: added.rfind(b"\n") + 1]
    return place + len(whole), whole.decode(errors="replace").splitlines()
