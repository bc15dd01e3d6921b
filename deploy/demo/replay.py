"""`python -m deploy.demo.replay`: keeps real requests flowing through a running stack, gently, until stopped."""

import argparse
import asyncio
import os
import sys
import time
from itertools import count
from typing import Final

from deploy.demo.campus import PASSWORD, campus
from deploy.demo.flow import Flow, cast_of
from deploy.demo.gatherings import gather
from deploy.demo.mapping import Filing, rows
from deploy.demo.people import Town
from deploy.demo.stories import Story, Temper, chance
from deploy.demo.wishes import with_wishes

_PATIENCE: Final = 24 * 3600.0
_LIVES: Final = 1800.0
_AT_ONCE: Final = 80
_TEMPER: Final = Temper(cancels=0.04, declines=0.15, unsolved=0.05, silent=0.08, regrets=0.02, pause=20.0, look=6.0)
_GUESTS: Final = 16
_WISH_EVERY: Final = 2


async def replay(origin: str, per_minute: float, activity_every: float) -> None:
    """File requests at this rate, live their stories, and hold an activity every so many seconds; never returns."""
    town = Town(origin, PASSWORD, patience=_PATIENCE)
    flow = Flow(await cast_of(town))
    run = f"replay-{int(time.time())}"
    start = int(chance(run) * len(rows()))
    gate = asyncio.Semaphore(_AT_ONCE)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_activities(flow, run, activity_every))
        for filing in with_wishes(campus(), _WISH_EVERY, start):
            await gate.acquire()
            task = tasks.create_task(_story(flow, filing, run))
            task.add_done_callback(lambda _: gate.release())
            await asyncio.sleep(60 / per_minute * (0.3 + 1.4 * chance(run, filing.key)))


async def _story(flow: Flow, filing: Filing, run: str) -> None:
    story = Story(flow.cast, filing, _TEMPER, run)
    try:
        ending = await story.live(await story.file(), _LIVES)
        print(f"{filing.key} {filing.category} {ending.view['stage']}", flush=True)
    except Exception as error:  # noqa: BLE001 - one story that fails ends no other
        print(f"{filing.key}: {type(error).__name__} {error}", file=sys.stderr, flush=True)


async def _activities(flow: Flow, run: str, every: float) -> None:
    data = campus()
    guests = data.accounts("student")
    organiser = flow.cast.town.someone("secretary1")
    for number in count():
        first = int(chance(run, number) * len(guests))
        people = [flow.cast.town.someone(guests[(first + step) % len(guests)].username) for step in range(_GUESTS)]
        try:
            held = await gather(organiser, data.activities[number % len(data.activities)], people, f"{run}-a{number}")
            print(f"activity {held.activity_id}: {len(held.attended)} came", flush=True)
        except Exception as error:  # noqa: BLE001 - one activity that fails ends no other
            print(f"activity {number}: {type(error).__name__} {error}", file=sys.stderr, flush=True)
        await asyncio.sleep(every)


def main() -> int:
    """Replay until interrupted."""
    parser = argparse.ArgumentParser(description="Replay real requests against a running stack.")
    parser.add_argument("--origin", default=os.environ.get("YIZHAN_ORIGIN", "http://127.0.0.1:8080"))
    parser.add_argument("--per-minute", type=float, default=12.0, help="requests filed a minute (12)")
    parser.add_argument("--activity-every", type=float, default=600.0, help="seconds between two activities (600)")
    asked = parser.parse_args()
    try:
        asyncio.run(replay(asked.origin, asked.per_minute, asked.activity_every))
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
