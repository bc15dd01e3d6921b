"""Virtual time, and death between two awaits."""

import asyncio
import gc

from tests.simulation.machine import DeadlockError, Process, SimulatedClock, SimulatedLoop, current_process


def test_weeks_pass_at_once_and_in_order() -> None:
    loop = SimulatedLoop()
    seen: list[tuple[str, float]] = []

    async def wait(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        seen.append((name, loop.time()))

    async def both() -> None:
        await asyncio.gather(wait("late", 14 * 86_400.0), wait("soon", 0.001))

    loop.run_until_complete(both())
    assert [name for name, _ in seen] == ["soon", "late"]
    assert SimulatedClock(loop).now().isoformat() == "2026-09-21T00:00:00+00:00"
    loop.close()


def test_a_dead_process_is_never_stepped_again() -> None:
    loop = SimulatedLoop()
    steps: list[str] = []
    process = Process("requests-1", loop)

    async def child() -> None:
        await asyncio.sleep(5)
        steps.append("child")

    async def work() -> None:
        assert current_process() is process
        try:
            steps.append("begun")
            asyncio.create_task(child())  # noqa: RUF006 - it dies with the process
            await asyncio.sleep(10)
            steps.append("went on")
        finally:
            steps.append("cleaned up")

    async def world() -> None:
        process.spawn(work())
        await asyncio.sleep(1)
        process.die()
        await asyncio.sleep(100)

    loop.run_until_complete(world())
    assert steps == ["begun"]


def test_nothing_of_the_dead_is_cleaned_up_when_garbage_is_collected() -> None:
    loop = SimulatedLoop()
    steps: list[str] = []
    process = Process("requests-1", loop)

    async def child() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            steps.append("cleaned up")

    async def work() -> None:
        asyncio.create_task(child())  # noqa: RUF006 - nobody holds it but what it waits for
        await asyncio.sleep(10)

    async def world() -> None:
        process.spawn(work())
        await asyncio.sleep(1)
        process.die()
        gc.collect()
        await asyncio.sleep(100)
        gc.collect()

    loop.run_until_complete(world())
    assert steps == []


def test_an_answer_to_the_dead_wakes_nobody() -> None:
    loop = SimulatedLoop()
    process = Process("members-1", loop)
    answer = loop.create_future()
    heard: list[str] = []

    async def work() -> None:
        heard.append(await answer)

    async def world() -> None:
        process.spawn(work())
        await asyncio.sleep(1)
        process.die()
        answer.set_result("hello")
        await asyncio.sleep(1)

    loop.run_until_complete(world())
    assert heard == []


def test_waiting_for_nothing_is_said() -> None:
    loop = SimulatedLoop()
    try:
        loop.run_until_complete(loop.create_future())
    except DeadlockError:
        return
    raise AssertionError
