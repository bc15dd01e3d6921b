"""`python -m deploy.demo.loop`: a temporary stack, real requests through the whole loop, and the proof that it closed.

The last line is one JSON object. The exit status is not 0 when something was lost, applied twice or left undone, or
when the board disagrees with the requests.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from deploy.demo.audit import Audit, Findings, filed_to_row_ms, percentile
from deploy.demo.campus import ADMIN_PASSWORD, PASSWORD, campus
from deploy.demo.flow import Flow, Plan, run
from deploy.demo.people import Json, Refused, Town
from deploy.demo.seed import seed
from deploy.demo.stories import ENDED
from deploy.local.errors import LocalError
from deploy.local.settings import StackSettings, temporary_settings
from deploy.local.stack import Stack, running

_SETTLE: Final = 60.0
_REPAIR_SECONDS: Final = 1.0
_SHOWN: Final = 10


def report(flow: Flow, findings: Findings) -> Json:
    """Return the figures of a flow and its audit."""
    stages = [view["stage"] for view in findings.views]
    legs = [leg for view in findings.views for leg in view["legs"]]
    spans = filed_to_row_ms(findings.rows.values())
    confirmed = stages.count("closed_confirmed")
    return {
        "filed": len(flow.endings),
        "legs": len(legs),
        "closed_confirmed": confirmed,
        "closed_unconfirmed": stages.count("closed_unconfirmed"),
        "cancelled": stages.count("cancelled"),
        "open": sum(1 for stage in stages if stage not in ENDED),
        "dispatched_outside": sum(1 for leg in legs if leg.get("remote_id")),
        "points_entries": findings.points_entries,
        "events": findings.board.get("events", 0),
        "lost": len(findings.lost),
        "applied_twice": len(findings.twice),
        "loops_per_s": round(confirmed / flow.seconds, 2) if flow.seconds else 0.0,
        "filed_to_row_p50_ms": percentile(spans, 0.50),
        "filed_to_row_p99_ms": percentile(spans, 0.99),
    }


def complaints(plan: Plan, flow: Flow, findings: Findings) -> list[str]:
    """Return what is not as it should be, in words."""
    said = [f"lost: {each}" for each in findings.lost]
    said += [f"applied twice: {each}" for each in findings.twice]
    said += [f"disagrees: {each}" for each in findings.disagrees]
    said += [f"failed: {each}" for each in flow.failures]
    said += [f"fault: {each}" for each in flow.cast.town.tally.faults]
    if len(flow.endings) != plan.filings:
        said.append(f"filed {len(flow.endings)} of {plan.filings}")
    said += [
        f"never ended: request {ending.request_id} stands at {ending.view['stage']}, needs {ending.view['needs']}"
        for ending in flow.endings
        if ending.stage is None
    ]
    return said


async def loop(stack: Stack, plan: Plan) -> tuple[Json, list[str]]:
    """Seed the stack, let the plan happen, audit it; return the report and the complaints."""
    town = Town(stack.origin, PASSWORD)
    try:
        return await _watched(stack, played(town, plan))
    finally:
        await town.close()


async def played(town: Town, plan: Plan) -> tuple[Json, list[str]]:
    """Seed a town, let the plan happen, audit it; return the report and the complaints."""
    print(f"A campus of {len(campus().people)} people: {await seed(town, campus())}", flush=True)
    flow = await run(town, plan)
    print(
        f"{flow.ended} of {len(flow.endings)} stories ended in {flow.seconds:.1f} s; {town.tally.calls} calls, "
        f"{town.tally.retried} repeated; refusals met: {flow.cast.refused}",
        flush=True,
    )
    findings = await Audit(flow.cast, flow.endings, flow.gatherings).settle(_SETTLE)
    return report(flow, findings), complaints(plan, flow, findings)


async def _watched(stack: Stack, work):  # noqa: ANN001, ANN202 - returns what the work returns
    """Await the work, or end with clear words when a part of the stack dies meanwhile."""
    task = asyncio.ensure_future(work)
    crash = asyncio.ensure_future(stack.crashed())
    await asyncio.wait({task, crash}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        raise LocalError(crash.result())
    crash.cancel()
    return task.result()


def settings_in(directory: Path) -> StackSettings:
    """Return the settings of a temporary stack whose first administrator has the demo's password."""
    level = os.environ.get("YIZHAN_LOG_LEVEL", "WARNING")
    env = {"YIZHAN_ADMIN_PASSWORD": PASSWORD, "YIZHAN_LOG_LEVEL": level}
    return replace(temporary_settings(directory, repair_seconds=_REPAIR_SECONDS), service_env=env)


async def elsewhere(origin: str, plan: Plan) -> int:
    """Run the loop at an origin that runs already, print the report, return the exit status."""
    town = Town(origin, PASSWORD, others={"admin1": ADMIN_PASSWORD})
    try:
        return _told(*await played(town, plan))
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        await town.close()


async def main(plan: Plan, kept: Path | None = None) -> int:
    """Run the loop on a temporary stack in `kept` (or nowhere to stay), print the report, return the exit status."""
    with tempfile.TemporaryDirectory(prefix="yizhan-demo-", ignore_cleanup_errors=True) as directory:
        settings = settings_in(kept or Path(directory))
        try:
            async with running(settings, say=lambda text: print(text, flush=True)) as stack:
                said, wrong = await loop(stack, plan)
        except (LocalError, Refused) as error:
            print(error, file=sys.stderr)
            return 1
    return _told(said, wrong)


def _told(said: Json, wrong: list[str]) -> int:
    for each in wrong[:_SHOWN]:
        print(each, file=sys.stderr)
    if len(wrong) > _SHOWN:
        print(f"... and {len(wrong) - _SHOWN} more", file=sys.stderr)
    sys.stderr.flush()
    print(json.dumps(said), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Real requests through the whole loop, on a temporary stack.")
    parser.add_argument("--requests", type=int, default=500, help="how many real requests (500)")
    parser.add_argument("--at-once", type=int, default=24, help="how many stories at once (24)")
    parser.add_argument("--keep", type=Path, help="directory in which data and logs stay (none: they go)")
    parser.add_argument("--origin", help="a demo that runs already, instead of a temporary stack")
    asked = parser.parse_args()
    wished = Plan(requests=asked.requests, at_once=asked.at_once)
    sys.exit(asyncio.run(elsewhere(asked.origin, wished) if asked.origin else main(wished, asked.keep)))
