"""Runs Schemathesis over the four services, as one of the roles or as nobody, and says what it found."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.contracts.members import Role
from tests.architecture.house import ROOT
from tests.contract.openapi import SERVICES
from tests.e2e.house import House, person

NOBODY = "nobody"
_LASTS = timedelta(hours=12)
"""How long somebody stays signed in: longer than everything takes."""
WHO = (NOBODY, *(role.value for role in Role))
CONFIG = ROOT / "tests" / "fuzz" / "schemathesis.toml"


@dataclass(frozen=True)
class Effort:
    """How much is tried: examples for each operation, and which of Schemathesis's phases."""

    examples: int
    phases: str


SHORT = Effort(2, "examples,coverage,fuzzing")
QUICK = Effort(2, "fuzzing")
LONG = Effort(20, "examples,coverage,fuzzing,stateful")


@dataclass(frozen=True)
class Found:
    """What a run found."""

    service: str
    who: str
    operations: int
    cases: int
    seconds: float
    findings: Sequence[str]
    output: str


async def run(house: House, service: str, who: str, effort: Effort, folder: Path) -> Found:
    """Let Schemathesis call every operation of a service as somebody of this role."""
    report = folder / f"{service}-{who}.json"
    signed = [] if who == NOBODY else ["--header", f"Authorization: Bearer {house.token(person(Role(who)), _LASTS)}"]
    arguments = [
        "--config-file", CONFIG, "run", f"{house.addresses[service]}/api/{service}/openapi.json",
        "--max-examples", str(effort.examples), "--phases", effort.phases, "--no-color",
        "--report", "json", "--report-json-path", report,
        *signed,
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("st"),
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    output = said.decode(errors="replace")
    if not report.exists():
        return Found(service, who, 0, 0, 0.0, [f"it did not run: {output[-500:]}"], output)
    told: Mapping[str, Any] = json.loads(report.read_text("utf-8"))
    return Found(
        service,
        who,
        told["operations"]["tested"],
        told["test_cases"]["generated"],
        told["running_time"],
        [*_findings(told), *await _still_there(house, who)],
        output,
    )


def _findings(told: Mapping[str, Any]) -> list[str]:
    failures = [f"{one['title']}: {', '.join(one['operations'])}" for one in told["failures"]]
    errors = [f"error: {json.dumps(one)[:300]}" for one in told["errors"]]
    skipped = told["operations"]["selected"] - told["operations"]["tested"]
    return [*failures, *errors, *([f"{skipped} operations were not tested"] if skipped else [])]


async def _still_there(house: House, who: str) -> list[str]:
    """Whoever was signed out on the way has tested nothing but that."""
    actor = None if who == NOBODY else person(Role(who))
    answer = await house.ask("GET", "/api/requests/mine", actor)
    expected = 401 if who == NOBODY else 200
    return [] if answer.status_code == expected else [f"at the end {who} got {answer.status_code}"]


async def run_all(house: House, who: Sequence[str], effort: Effort, folder: Path, at_once: int) -> list[Found]:
    """Run over every service as each of these, a few at a time."""
    turn = asyncio.Semaphore(at_once)

    async def one(service: str, name: str) -> Found:
        async with turn:
            return await run(house, service, name, effort, folder)

    return list(await asyncio.gather(*(one(service, name) for name in who for service in SERVICES)))
