"""`python -m tests.faults`: every fault on the real system, under load; a line of JSON for each, then a table.

The exit status is not 0 when anything acknowledged was lost, applied twice or left undone. A whole run, or `--only`
without `--quick`, keeps its figures in tests/faults/results.json and in docs/architecture/proof.md.
"""

import argparse
import asyncio
import json
import signal
import sys
from dataclasses import replace

from tests.faults.catalogue import FAULTS, QUICK, Bounds
from tests.faults.measure import Result, measure
from tests.faults.page import keep, table
from tests.faults.topology import NotHere


async def run(names: list[str], bounds: Bounds) -> list[Result]:
    """Measure these faults one after the other, and print each."""
    results: list[Result] = []
    for name in names:
        try:
            result = await measure(FAULTS[name], bounds)
        except NotHere as reason:
            print(json.dumps({"fault": name, "not_measured": str(reason)}), flush=True)
            continue
        results.append(result)
        print(json.dumps(result.row(), ensure_ascii=False), flush=True)
    return results


def main() -> int:
    """Do what was asked; returns the exit status."""
    parser = argparse.ArgumentParser(description="Faults on real processes, under load.")
    parser.add_argument("--only", action="append", metavar="NAME", choices=list(FAULTS), help="this fault (repeatable)")
    parser.add_argument("--list", action="store_true", help="say which faults there are")
    parser.add_argument("--quick", action="store_true", help="shorter bounds; nothing is written")
    parser.add_argument("--seed", type=int, default=1, help="what draws the random kills (1)")
    asked = parser.parse_args()
    if asked.list:
        for fault in FAULTS.values():
            print(f"{fault.name:<20} {fault.what}")
        return 0
    bounds = replace(QUICK if asked.quick else Bounds(), seed=asked.seed)
    print(f"seed {bounds.seed}", file=sys.stderr, flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also then everything is stopped and unmounted
    results = asyncio.run(run(asked.only or list(FAULTS), bounds))
    print(table([result.row() for result in results]))
    if not asked.quick:
        keep(results)
    return 0 if all(result.ok for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
