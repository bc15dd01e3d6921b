"""Fuzzes the four services long, as every role and as nobody: `python -m tests.fuzz`, or `make fuzz`.

Prints a table; ends with 1 when there is any finding, after Schemathesis's own words about it.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deploy.local.servers import mongod, nats_server
from tests.e2e.house import open_house
from tests.fuzz.runs import LONG, WHO, Effort, Found, run_all


async def fuzz(who: Sequence[str], effort: Effort, at_once: int) -> list[Found]:
    """Open the services on a broker and a database of their own, and fuzz them."""
    with tempfile.TemporaryDirectory(prefix="yizhan-fuzz-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        async with (
            nats_server(folder / "nats", sync_interval="2m") as nats_url,
            mongod(folder / "mongo", cache_gb=0.25) as mongodb_uri,
            open_house(nats_url, mongodb_uri, folder) as house,
        ):
            return await run_all(house, who, effort, folder, at_once)


def table(found: Sequence[Found]) -> str:
    """Return the table: a line for each service and role."""
    form = "{:<14} {:<11} {:>10} {:>7} {:>8} {:>9}".format
    head = form("who", "service", "operations", "calls", "seconds", "findings")
    lines = [
        form(one.who, one.service, one.operations, one.cases, round(one.seconds), len(one.findings)) for one in found
    ]
    calls, findings = sum(one.cases for one in found), sum(len(one.findings) for one in found)
    return "\n".join([head, *lines, f"{calls} calls, {findings} findings"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--who", action="append", choices=WHO, help="only as this role (repeatable)")
    parser.add_argument("--examples", type=int, default=LONG.examples, help="examples for each operation")
    parser.add_argument("--at-once", type=int, default=2, help="runs at the same time")
    asked = parser.parse_args()
    found = asyncio.run(fuzz(asked.who or WHO, Effort(asked.examples, LONG.phases), asked.at_once))
    for one in found:
        if one.findings:
            print(f"== {one.service} as {one.who}\n{one.output}\n" + "\n".join(one.findings))
    print(table(found))
    return 1 if any(one.findings for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
