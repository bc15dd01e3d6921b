"""How many seeds each planted bug needs until an invariant finds it: `python -m tests.simulation.bite [--seeds N]`.

Each seed runs in a process of its own, with the bug planted, and seeds are tried in order until one of them reports a
violation. The table goes to docs/architecture/proof.md, between its markers; the exit status is not 0 when a bug was
not found.
"""

import argparse
import json
import multiprocessing
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from time import perf_counter

import pytest

from tests.simulation.page import PAGE, write_between
from tests.simulation.plants import PLANTS
from tests.simulation.world import Pace, Weather, run

MOST = 60
"""Seeds that a planted bug may need."""

STORM = Weather(
    days=2.0, people=30, filings_a_day=14.0, roughness=6.0, pace=Pace(), skew=60.0, kills_a_day=6.0, outages_a_day=3.0
)
"""The weather of the worlds that look for planted bugs: short, busy and rough."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one planted bug: seeds tried until it was found (None: not found), and the first violation."""

    name: str
    what: str
    seeds: int | None
    rule: str
    seconds: float


def find(name: str, most: int = MOST, first: int = 1, *, begin: int = 1) -> Found:
    """Plant the bug in this process and try seeds from `first` on, until one reports a violation.

    `begin` is the seed that is tried before the others, since it may have found the bug before.
    """
    plant = next(one for one in PLANTS if one.__name__ == name)
    what = (plant.__doc__ or "").strip().splitlines()[0]
    began = perf_counter()
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        for tried, seed in enumerate(sorted(range(first, first + most), key=lambda seed: seed != begin), start=1):
            violations = run(seed, STORM).violations
            if violations:
                return Found(name, what, tried, violations[0].rule, perf_counter() - began)
    return Found(name, what, None, "", perf_counter() - began)


def table(found: list[Found]) -> str:
    """Return the rows of the page."""
    head = ["| planted bug | found by the seed | the rule that was broken first |", "|---|---|---|"]
    rows = [f"| {one.what} (`{one.name}`) | {one.seeds or 'not found'} | {one.rule} |" for one in found]
    return "\n".join([*head, *rows])


def _known() -> dict[str, int]:
    """Return the seed by which each bug was found when the page was written."""
    rows = re.findall(r"\(`(\w+)`\) \| (\d+) \|", PAGE.read_text("utf-8"))
    return {name: int(seed) for name, seed in rows}


def _look(names: list[str], most: int, known: Mapping[str, int], processes: int) -> Iterator[Found]:
    """Look for each bug, begun with the seed that found it before; one after the other, or side by side."""
    if processes == 1:
        yield from (find(name, most, begin=known.get(name, 1)) for name in names)
        return
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=1) as pool:
        jobs = [pool.apply_async(find, (name, most), {"begin": known.get(name, 1)}) for name in names]
        for job in jobs:
            yield job.get()


def main() -> int:
    """Plant every bug, print a line for each, write the table."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation.bite", *sys.argv[1:]])
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=MOST, help=f"seeds that a bug may need ({MOST})")
    parser.add_argument("--only", nargs="*", help="only these")
    parser.add_argument("--check", action="store_true", help="write no page")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    known = _known() if asked.check else {}
    names = [plant.__name__ for plant in PLANTS if not asked.only or plant.__name__ in asked.only]
    found: list[Found] = []
    for one in _look(names, asked.seeds, known, asked.processes):
        print(json.dumps(asdict(one), ensure_ascii=False), flush=True)
        found.append(one)
    if not asked.only and not asked.check:
        write_between("plants", table(found))
    return 0 if all(one.seeds for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
