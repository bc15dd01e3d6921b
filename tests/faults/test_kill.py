"""kill -9 of each process in the middle of the flow: after its restart nothing is lost and nothing applied twice."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.demo.audit import Audit
from deploy.demo.campus import PASSWORD, campus
from deploy.demo.flow import Flow, Plan, cast_of, run
from deploy.demo.gatherings import Gathering
from deploy.demo.loop import settings_in
from deploy.demo.people import Town
from deploy.demo.seed import seed
from deploy.demo.stories import Ending
from deploy.local.stack import Stack, running

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PROCESSES = ("members", "activities", "requests", "reporting", "nats", "mongo", "repairs", "gateway")
REQUESTS, KILL_AFTER, DEAD_SECONDS = 24, 10, 0.5


@dataclass
class World:
    """One stack for all these tests, with everything that ever happened on it."""

    stack: Stack
    town: Town
    endings: list[Ending] = field(default_factory=list)
    gatherings: list[Gathering] = field(default_factory=list)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    with tempfile.TemporaryDirectory(prefix="yizhan-kill-", ignore_cleanup_errors=True) as directory:
        async with running(settings_in(Path(directory))) as stack:
            town = Town(stack.origin, PASSWORD)
            await seed(town, campus())
            yield World(stack, town)
            await town.close()


async def kill_in_the_middle(world: World, process: str, flow: Flow) -> None:
    while len(flow.endings) < KILL_AFTER:  # noqa: ASYNC110 - the flow is watched from outside
        await asyncio.sleep(0.02)
    await world.stack.kill(process)
    await asyncio.sleep(DEAD_SECONDS)
    await world.stack.resume(process)


@pytest.mark.parametrize("process", PROCESSES)
async def test_a_kill_in_the_middle_loses_nothing_and_applies_nothing_twice(world: World, process: str) -> None:
    flow = Flow(await cast_of(world.town))
    plan = Plan(requests=REQUESTS, at_once=8, gatherings=1, run=f"kill-{process}")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run(world.town, plan, flow=flow))
        tasks.create_task(kill_in_the_middle(world, process, flow))
    world.endings += flow.endings
    world.gatherings += flow.gatherings
    findings = await Audit(flow.cast, world.endings, world.gatherings).settle(60)
    assert (findings.lost, findings.twice, findings.disagrees) == ([], [], [])
    assert flow.failures == []
    assert len(flow.endings) == flow.ended == plan.filings
    assert world.town.tally.faults == []
