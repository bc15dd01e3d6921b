"""How many whole loops a second does one machine close, and how long does a filed request take to its row at half that?

The whole stack runs (broker, MongoDB, four services, gateway, repair system). Simulated people take real requests
through the gateway: filed, matched or sent to the repair system, accepted, served, confirmed and rated. First as many
stories at once as keep it busy: loops a second. Then stories begin at half that rate, evenly: milliseconds from filing
to the row of `reporting`. Run `python -m bench.loop`; it writes bench/results/loop.json.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import uvloop

from bench.crowd import Crowd
from bench.machine import machine, processor_seconds, write
from deploy.demo.audit import filed_to_row_ms, percentile
from deploy.demo.campus import PASSWORD, campus
from deploy.demo.mapping import Filing, filings
from deploy.demo.people import Json, Someone, Town
from deploy.demo.seed import seed
from deploy.demo.stories import Cast, Ending, Story, Temper
from deploy.local.settings import temporary_settings
from deploy.local.stack import Stack, running
from shared.auth.tokens import Signer

TEMPER = Temper(cancels=0.0, declines=0.0, unsolved=0.0, silent=0.0, regrets=0.0, look=0.25)
PATIENCE = 60.0
SETTLE = 60.0
PARTS = ("nats", "mongo", "members", "activities", "requests", "reporting", "gateway", "repairs")


@dataclass(slots=True)
class Tally:
    """What a phase gave."""

    endings: list[Ending] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def closed(self) -> int:
        """Return how many loops closed: confirmed by the requester."""
        return sum(ending.stage == "closed_confirmed" for ending in self.endings)


async def everybody(town: Town) -> dict[str, Json]:
    """Return every person's row by username."""
    admin = town.someone("admin1")
    found: dict[str, Json] = {}
    cursor: str | None = ""
    while cursor is not None:
        asked: dict[str, str | int] = {"limit": 200, **({"cursor": cursor} if cursor else {})}
        page = await admin.get("/api/members/people", **asked)
        found |= {row["username"]: row for row in page["items"]}
        cursor = page["next_cursor"]
    return found


async def tell(cast_: Cast, filing: Filing, run: str, tally: Tally) -> None:
    """Live one story from its filing to its end."""
    story = Story(cast_, filing, TEMPER, run)
    try:
        ending = await story.file()
        tally.endings.append(ending)
        await story.live(ending, PATIENCE)
    except Exception as error:  # noqa: BLE001 - one story that fails ends no other
        tally.failures.append(f"{filing.key}: {type(error).__name__} {error}")


async def busy(cast_: Cast, queue: Iterator[Filing], at_once: int, seconds: float, run: str) -> Tally:
    """Keep so many stories going for so long; those that have begun are ended."""
    tally = Tally()
    began = perf_counter()

    async def work() -> None:
        while perf_counter() - began < seconds:
            await tell(cast_, next(queue), run, tally)

    await asyncio.gather(*(work() for _ in range(at_once)))
    tally.seconds = perf_counter() - began
    return tally


async def steady(cast_: Cast, queue: Iterator[Filing], rate: float, seconds: float, run: str) -> Tally:
    """Begin a story every 1/rate seconds for so long, whatever becomes of the others; wait until all have ended."""
    tally = Tally()
    began = perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - perf_counter()))
            tasks.create_task(tell(cast_, next(queue), run, tally))
    tally.seconds = perf_counter() - began
    return tally


def listed(endings: list[Ending]) -> list[Ending]:
    """Return those whose rows are listed: sealed requests are in no list."""
    return [ending for ending in endings if ending.view["visibility"] != "sealed"]


async def rows_of(reader: Someone, endings: list[Ending]) -> list[Json]:
    """Return the rows that `reporting` has of these requests, waiting until every one is there and up to date."""
    until = perf_counter() + SETTLE
    wanted = {ending.request_id: ending for ending in listed(endings)}
    while True:
        rows: dict[str, Json] = {}
        cursor: str | None = ""
        while cursor is not None:
            asked: dict[str, str | int] = {"limit": 100, **({"cursor": cursor} if cursor else {})}
            page = await reader.get("/api/reporting/rows/requests", **asked)
            rows |= {row["id"]: row for row in page["items"] if row["id"] in wanted}
            cursor = page["next_cursor"]
        late = [each for each in wanted if each not in rows or rows[each]["stage"] != wanted[each].view["stage"]]
        if late and perf_counter() > until:
            print(f"late: {[(each, wanted[each].view['category'], wanted[each].view['stage']) for each in late[:9]]}")
        if not late or perf_counter() > until:
            return list(rows.values())
        await asyncio.sleep(0.5)


def processor(stack: Stack) -> dict[str, float]:
    """Return the processor seconds that each part has used."""
    return {name: processor_seconds(stack.server(name).process.pid) for name in PARTS}


async def phases(stack: Stack, at_once: int, seconds: float) -> dict[str, Any]:
    """Seed the campus, run both phases, and return their figures."""
    town = Town(stack.origin, PASSWORD)
    signer = Signer.from_file(stack.settings.key)
    await seed(town, campus())
    people = await everybody(town)
    crowd = Crowd(stack.origin, signer, people)
    await crowd.connect(64)
    names = {str(row["id"]): name for name, row in people.items()}
    stage = cast("Town", crowd)
    cast_ = Cast(stage, names, stage.someone("desk1"), stage.someone("counsellor1"))
    queue = filings(campus())
    try:
        await busy(cast_, queue, at_once, 5.0, "warm")
        before, calls = processor(stack), crowd.calls
        full = await busy(cast_, queue, at_once, seconds, "full")
        used = {name: after - before[name] for name, after in processor(stack).items()}
        calls = crowd.calls - calls
        rate = full.closed / full.seconds
        print(f"{rate:.1f} loops a second; now {rate / 2:.1f}", flush=True)
        half = await steady(cast_, queue, rate / 2, seconds, "half")
        reader = town.someone("admin1")
        rows, all_rows = await rows_of(reader, half.endings), await rows_of(reader, full.endings)
        return {**figures(full, half, rows, all_rows, used), "calls_a_loop": round(calls / max(1, full.closed), 1)}
    finally:
        crowd.close()
        await town.close()


def figures(
    full: Tally, half: Tally, rows: list[Json], full_rows: list[Json], used: dict[str, float]
) -> dict[str, Any]:
    """Return the result of both phases."""
    spans, busy_spans = filed_to_row_ms(rows), filed_to_row_ms(full_rows)
    return {
        "loops_per_s": round(full.closed / full.seconds, 2),
        "closed_confirmed": full.closed,
        "half_load_per_s": round(len(half.endings) / half.seconds, 2),
        "half_load_closed": half.closed,
        "filed_to_row_p50_ms": percentile(spans, 0.50),
        "filed_to_row_p99_ms": percentile(spans, 0.99),
        "filed_to_row_at_full_load_p50_ms": percentile(busy_spans, 0.50),
        "filed_to_row_at_full_load_p99_ms": percentile(busy_spans, 0.99),
        "rows_missing": len(listed(half.endings)) + len(listed(full.endings)) - len(rows) - len(full_rows),
        "failures": (full.failures + half.failures)[:5],
        "processor_ms_a_loop": {name: round(each * 1000 / max(1, full.closed), 2) for name, each in used.items()},
    }


async def measure(at_once: int, seconds: float) -> dict[str, Any]:
    """Run a temporary stack, measure, and return the result."""
    about = machine()
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-", ignore_cleanup_errors=True) as directory:
        settings = temporary_settings(Path(directory), repair_seconds=0.2)
        env = {"YIZHAN_ADMIN_PASSWORD": PASSWORD, "YIZHAN_LOG_LEVEL": "WARNING", "YIZHAN_LIMITS_FACTOR": "1000"}
        async with running(replace(settings, service_env=env)) as stack:
            result = await phases(stack, at_once, seconds)
    question = (__doc__ or "").partition("\n")[0]
    return {"question": question, **result, "at_once": at_once, "seconds_a_phase": seconds, "machine": about}


def main() -> int:
    """Measure, write the result and print it; the exit status says whether every loop closed and has its row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--at-once", type=int, default=96, help="stories at once while it is kept busy (96)")
    parser.add_argument("--seconds", type=float, default=30.0, help="seconds of each phase (30)")
    asked = parser.parse_args()
    result = uvloop.run(measure(asked.at_once, asked.seconds))
    print(write("loop", result))
    print(json.dumps({key: value for key, value in result.items() if key != "machine"}))
    return 1 if result["rows_missing"] or result["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
