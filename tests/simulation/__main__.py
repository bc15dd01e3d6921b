"""Run seeds: `python -m tests.simulation [--seeds N] [--from S] [--processes N] [--soak]`, or one with `--seed S`.

A failing seed prints its number, what was violated, and the story around it; `--seed S --story` tells all of it. The
last line is JSON. The exit status is 1 when a promise was broken, or when a thousand seeds never did something.
"""

import argparse
import gc
import itertools
import json
import math
import os
import selectors
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

from tests.simulation.forks import forked, frames

ENOUGH: Final = 1000
"""From so many seeds on, everything that may happen must have happened."""

_SHOWN: Final = 3
_BATCH: Final = 8
_LONGEST: Final = 300.0


def main() -> int:
    """Run what the command line asks for."""
    asked = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    asked.add_argument("--seeds", type=int, default=100)
    asked.add_argument("--from", dest="first", type=int, default=1)
    asked.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--soak", action="store_true", help="go on until stopped")
    asked.add_argument("--at-most", type=float, default=math.inf, help="begin no seed after so many seconds")
    asked.add_argument("--seed", type=int, help="run this one alone")
    asked.add_argument("--page", action="store_true", help="write the figures into docs/architecture/proof.md")
    asked.add_argument("--story", action="store_true", help="tell the whole story of --seed")
    options = asked.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]])
    if options.seed is not None:
        return _one(options.seed, whole=options.story)
    seeds = itertools.count(options.first) if options.soak else range(options.first, options.first + options.seeds)
    began = perf_counter()
    in_time = itertools.takewhile(lambda _: perf_counter() - began < options.at_most, seeds)
    return _many(in_time, None if options.soak else options.seeds, options.processes, page=options.page)


def _one(seed: int, *, whole: bool) -> int:
    from tests.simulation.world import run

    result = run(seed)
    if whole:
        for line in result.story.lines:
            print(line)
    print(result.told())
    _say_json(seed=seed, violations=len(result.violations), days=round(result.days, 1), digest=result.digest)
    return 1 if result.violations else 0


@dataclass
class Tally:
    """What all seeds so far came to."""

    began: float = field(default_factory=perf_counter)
    seeds: int = 0
    days: float = 0.0
    counts: Counter[str] = field(default_factory=Counter[str])
    failing: list[int] = field(default_factory=list[int])
    rules: Counter[str] = field(default_factory=Counter[str])

    def add(self, summary: dict[str, Any]) -> None:
        """Take in one seed; print it when it failed."""
        self.seeds += 1
        self.days += summary["days"]
        self.counts.update(summary["counts"])
        if summary["rules"]:
            self.failing.append(summary["seed"])
            self.rules.update(set(summary["rules"]))
            told = summary["told"] if len(self.failing) <= _SHOWN else summary["told"].split("\n\n")[0]
            print(told, flush=True)

    def figures(self, seconds: float, processes: int) -> str:
        """Return the table of the page."""
        faults = sum(n for name, n in self.counts.items() if name.startswith("fault:"))
        deeds = sum(n for name, n in self.counts.items() if name.startswith("did:"))
        rows = {
            "seeds": f"{self.seeds:,}",
            "broken promises": f"{len(self.failing):,}",
            "simulated days": f"{self.days:,.0f}",
            "requests": f"{self.counts['requests']:,}",
            "deeds of people": f"{deeds:,}",
            "events, deliveries": f"{self.counts['events']:,}, {self.counts['deliveries']:,}",
            "calls over the wire": f"{self.counts['calls']:,}",
            "faults": f"{faults:,}",
            "rate": f"{self.seeds / seconds:.2f} seeds, {self.days / seconds:.1f} simulated days a second "
            f"({processes} processes, {seconds:.0f} s)",
        }
        return "\n".join(
            ["| figure | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]
        )

    def progress(self, whole: int | None) -> str:
        """Return a line that tells how it goes."""
        seconds = perf_counter() - self.began
        faults = {name[6:]: n for name, n in sorted(self.counts.items()) if name.startswith("fault:")}
        return (
            f"{self.seeds}{f'/{whole}' if whole else ''} seeds, {self.seeds / seconds:.2f}/s, "
            f"{self.days / seconds:.0f} simulated days/s, {self.counts['requests']} requests, "
            f"{self.counts['events']} events, {len(self.failing)} failing; faults "
            + " ".join(f"{name}={n}" for name, n in faults.items())
        )


def _many(seeds: Iterator[int], whole: int | None, processes: int, *, page: bool) -> int:
    from tests.simulation.expected import never_happened

    _warm_up()
    tally, told_at = Tally(), perf_counter()
    try:
        for summary in _summaries(seeds, processes):
            tally.add(summary)
            if perf_counter() - told_at > 10.0:
                told_at = perf_counter()
                print(tally.progress(whole), flush=True)
    except KeyboardInterrupt:
        print("stopped")
    seconds = perf_counter() - tally.began
    missing = never_happened(tally.counts)
    print(tally.progress(whole))
    if missing:
        print("never happened: " + " ".join(missing))
    _say_json(
        seeds=tally.seeds,
        failing=tally.failing[:50],
        violated=dict(tally.rules),
        never_happened=missing,
        seconds=round(seconds, 1),
        seeds_per_second=round(tally.seeds / seconds, 2),
        days_per_second=round(tally.days / seconds, 1),
        processes=processes,
        counts=dict(sorted(tally.counts.items())),
    )
    if page:
        from tests.simulation.page import write_between

        write_between("simulate", tally.figures(seconds, processes))
    return 1 if tally.failing or (missing and tally.seeds >= ENOUGH) else 0


def _warm_up() -> None:
    """Import and build everything once, so that every seed's process begins with it."""
    from tests.simulation.world import BRISK, Weather, run

    gc.disable()
    run(0, Weather(0.1, 12, 40.0, 1.0, BRISK, 0.0, 2.0, 0.1), apart=False)
    gc.freeze()


@dataclass
class Batch:
    """Some seeds, one after the other, in a process of their own; `left` are those that it has not answered."""

    left: list[int]
    child: int
    heard: float
    raw: bytes = b""


def _summaries(seeds: Iterator[int], processes: int) -> Iterator[dict[str, Any]]:
    """Run the seeds in so many processes at a time, and yield what they came to as they end.

    A process takes a few seeds: forking for each costs more than it saves, and the garbage of a world stays (its dead
    have `finally` blocks that must not run).
    """
    running: dict[int, Batch] = {}
    with selectors.DefaultSelector() as ends:
        try:
            while True:
                while len(running) < processes and (left := list(itertools.islice(seeds, _BATCH))):
                    reader, child = forked(lambda left=left: map(_summary, left))
                    running[reader] = Batch(left, child, perf_counter())
                    ends.register(reader, selectors.EVENT_READ)
                if not running:
                    return
                for key, _ in ends.select(timeout=1.0):
                    yield from _heard(key.fd, running, ends)
                for batch in running.values():
                    if perf_counter() - batch.heard > _LONGEST:
                        os.kill(batch.child, signal.SIGKILL)
        finally:
            for batch in running.values():
                os.kill(batch.child, signal.SIGKILL)


def _heard(reader: int, running: dict[int, Batch], ends: selectors.BaseSelector) -> Iterator[dict[str, Any]]:
    batch, chunk = running[reader], os.read(reader, 1 << 16)
    answers, batch.raw = frames(batch.raw + chunk)
    for summary in answers:
        batch.left.remove(summary["seed"])
        batch.heard = perf_counter()
        yield summary
    if not chunk:
        del running[reader]
        ends.unregister(reader)
        os.close(reader)
        os.waitpid(batch.child, 0)
        yield from (_lost(seed, "its process died") for seed in batch.left)


def _summary(seed: int) -> dict[str, Any]:
    from tests.simulation.world import run

    result = run(seed, apart=False)
    return {
        "seed": seed,
        "days": result.days,
        "counts": result.counts,
        "rules": [violation.rule for violation in result.violations],
        "told": result.told() if result.violations else "",
    }


def _lost(seed: int, how: str) -> dict[str, Any]:
    return {"seed": seed, "days": 0.0, "counts": {}, "rules": ["every seed ends"], "told": f"seed {seed}: {how}"}


def _say_json(**told: object) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    sys.exit(main())
