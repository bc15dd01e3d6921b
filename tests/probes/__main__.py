"""`python -m tests.probes --base http://127.0.0.1:8080 --var var`: one line for each wall, whether it holds.

Any release can be asked: the probes know nothing but its address, the demo's accounts, and for the walls of broker and
database where a local stack keeps its keys. They make people, places and requests: ask a system that is there for it.
"""

import argparse
import asyncio
import sys
from pathlib import Path

import httpx

from tests.probes import broker, documents, facts_and_people, floods, http_manners
from tests.probes.catalogue import WALLS, Found, tried
from tests.probes.system import system_at

ASKED = (facts_and_people, floods, documents, http_manners, broker)
"""Importing a file enters its probes."""
WORDS = {True: "holds", False: "does not hold", None: "not tried"}


def line(found: Found) -> str:
    """Return the words for one wall."""
    seen = f"  ({found.seen})" if found.seen else ""
    return f"{WORDS[found.holds]:<14} {found.wall.kind}: {found.wall.name}{seen}"


async def ask(base: str, password: str, directory: Path | None, only: str) -> list[Found]:
    """Try every wall, one after the other, and say each."""
    found: list[Found] = []
    async with httpx.AsyncClient(base_url=base, timeout=60, trust_env=False) as client:
        system = system_at(base, password, client, directory)
        for one in WALLS:
            if only in one.name + one.kind:
                found.append(await tried(one, system))
                print(line(found[-1]), flush=True)
    return found


def main() -> int:
    """Return 1 when a wall does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.probes", description=__doc__)
    parser.add_argument("--base", default="http://127.0.0.1:8080", help="address of the gateway")
    parser.add_argument("--password", default="yizhan-demo", help="of the demo accounts")
    parser.add_argument("--var", type=Path, help="YIZHAN_VAR of a local stack, for broker and database")
    parser.add_argument("--only", default="", help="walls with these words only")
    given = parser.parse_args()
    found = asyncio.run(ask(given.base, given.password, given.var, given.only))
    counted = {word: sum(one.holds is told for one in found) for told, word in WORDS.items()}
    print(", ".join(f"{many} {word}" for word, many in counted.items() if many))
    return int(bool(counted[WORDS[False]]))


if __name__ == "__main__":
    sys.exit(main())
