"""One fault, measured: topology up, people at work, the fault, rest, audit."""

import asyncio
import os
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from deploy.demo.audit import Audit, Findings
from deploy.demo.campus import PASSWORD, campus
from deploy.demo.flow import Flow, cast_of
from deploy.demo.people import Town
from deploy.demo.seed import seed
from tests.faults.catalogue import Bounds, Fault
from tests.faults.load import PATIENCE, Load
from tests.faults.topology import NotHere, Scene

MOST: Final = 900
WARM: Final = 8
CONNECTIONS: Final = 256
"""More than people who wait for an answer: a call must not wait for another one to end."""

AFTER_SECONDS: Final = 5.0
SETTLE_SECONDS: Final = 120.0
MOST_SECONDS: Final = 900.0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass
class Result:
    """What a fault did; `complaints` says in words why it is not `ok`."""

    fault: str
    what: str
    at: str = field(default_factory=_now)
    acknowledged: int = 0
    found: int = 0
    loops_finished: int = 0
    lost: int = 0
    applied_twice: int = 0
    refused_during: int = 0
    seconds_of_fault: float = 0.0
    loop_begun_in_fault_s: float | None = None
    recovered_after_s: float | None = None
    all_finished_after_s: float = 0.0
    calls: int = 0
    answers_500: int = 0
    unsent: int = 0
    load_before: float | None = None
    note: str = ""
    ok: bool = False
    complaints: list[str] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Return the fields for a line of JSON."""
        return asdict(self)


async def measure(fault: Fault, bounds: Bounds) -> Result:
    """Run the fault in a topology of its own and return what it did; raises `NotHere` where it cannot be done."""
    try:
        async with asyncio.timeout(MOST_SECONDS):
            return await _measure(fault, bounds)
    except NotHere:
        raise
    except Exception as error:  # noqa: BLE001 - a fault that breaks the measuring is a result too
        told = "".join(traceback.format_exception(error))
        return Result(fault.name, fault.what, complaints=[told])


async def _measure(fault: Fault, bounds: Bounds) -> Result:
    load_before = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory(prefix="yizhan-fault-", ignore_cleanup_errors=True) as directory:
        async with fault.topology(Path(directory)) as scene:
            town = Town(scene.stack.origin, PASSWORD, patience=PATIENCE, connections=CONNECTIONS)
            try:
                await seed(town, campus())
                return await under_load(scene, town, fault, bounds, load_before)
            finally:
                await town.close()


async def under_load(scene: Scene, town: Town, fault: Fault, bounds: Bounds, load_before: float) -> Result:
    """Let people work, do the fault among them, wait for rest, and audit."""
    result = Result(fault.name, fault.what, load_before=load_before)
    flow = Flow(await cast_of(town))
    load = Load(flow, fault.name, MOST)
    load.start()
    await load.until_begun(WARM)
    refused, began = town.tally.retried, time.monotonic()
    during = asyncio.create_task(load.one())
    result.note = await fault.act(scene, bounds)
    ended = time.monotonic()
    result.seconds_of_fault = round(ended - began, 1)
    result.refused_during = town.tally.retried - refused
    after = asyncio.create_task(load.one())
    await asyncio.sleep(AFTER_SECONDS)
    load.stop()
    result.recovered_after_s = await after
    result.loop_begun_in_fault_s = await during
    result.all_finished_after_s = round(await load.finish() - ended, 1)
    findings = await Audit(flow.cast, flow.endings, flow.gatherings).settle(SETTLE_SECONDS)
    result.unsent = await scene.all_sent(SETTLE_SECONDS)
    result.found = await scene.stored()
    return judged(result, flow, town, findings)


def judged(result: Result, flow: Flow, town: Town, findings: Findings) -> Result:
    """Fill in the figures of the flow and its audit, and say whether all is well."""
    result.acknowledged = len(flow.endings)
    result.loops_finished = flow.ended
    result.lost, result.applied_twice = len(findings.lost), len(findings.twice)
    result.calls, result.answers_500 = town.tally.calls, len(town.tally.faults)
    never = [f"never ended: {each.request_id} at {each.view['stage']}" for each in flow.endings if each.stage is None]
    said = [*findings.lost, *findings.twice, *findings.disagrees, *flow.failures, *town.tally.faults, *never]
    if result.unsent:
        said.append(f"{result.unsent} documents hold facts that were never sent")
    if not result.acknowledged == result.found == result.loops_finished:
        said.append(f"acknowledged {result.acknowledged}, found {result.found}, finished {result.loops_finished}")
    result.complaints = said[:12]
    result.ok = not said
    return result
