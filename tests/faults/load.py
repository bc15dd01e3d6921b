"""Load by simulated people over HTTP: real requests and activities for as long as wanted, and single ones to time."""

import asyncio
import time
from dataclasses import dataclass, field
from itertools import count

from deploy.demo.campus import Campus, campus
from deploy.demo.flow import Flow
from deploy.demo.gatherings import gather
from deploy.demo.mapping import Filing, filings
from deploy.demo.people import Refused
from deploy.demo.stories import Story, Temper

EVERY_SECONDS = 0.4
AT_ONCE = 120
GUESTS = 6
LATE = "activity.in_the_past"
"""An activity that was to begin at once, and could not be planned before: a fault lasted longer."""
PATIENCE = 240.0
CROWD = Temper(cancels=0.04, declines=0.1, unsolved=0.05, regrets=0.02, pause=0.1, look=2.0)
STRAIGHT = Temper(cancels=0.0, declines=0.0, claims=0.0, unsolved=0.0, regrets=0.0, look=0.1)


@dataclass
class Load:
    """Stories of a town, begun evenly whatever becomes of those before them, until `stop` and at most so many."""

    flow: Flow
    run: str
    most: int
    data: Campus = field(default_factory=campus)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._queue = filings(self.data)

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._begin()), asyncio.create_task(self._meet())]

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopped.set()

    async def finish(self) -> float:
        """Wait until everything that has begun is over; return the moment, by the monotonic clock."""
        self.stop()
        await asyncio.gather(*self._tasks)
        return time.monotonic()

    async def until_begun(self, stories: int) -> None:
        """Wait until so many stories have come to their end, or for a minute."""
        ends = time.monotonic() + 60
        while self.flow.ended < stories and time.monotonic() < ends:  # noqa: ASYNC110 - the flow is watched
            await asyncio.sleep(0.05)

    async def one(self) -> float | None:
        """Take one request straight through the loop; return the seconds, or None when it never ended."""
        began = time.monotonic()
        await self._live(next(self._queue), STRAIGHT)
        return round(time.monotonic() - began, 2)

    async def _begin(self) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as stories:
            for _ in range(self.most):
                await gate.acquire()
                if self._stopped.is_set():
                    return
                story = stories.create_task(self._live(next(self._queue), CROWD))
                story.add_done_callback(lambda _: gate.release())
                await asyncio.sleep(EVERY_SECONDS)

    async def _live(self, filing: Filing, temper: Temper) -> None:
        story = Story(self.flow.cast, filing, temper, self.run)
        try:
            ending = await story.file()
            self.flow.endings.append(ending)
            await story.live(ending, PATIENCE)
        except Exception as error:  # noqa: BLE001 - one story that fails ends no other; it is reported
            self.flow.failures.append(f"request {filing.key}: {type(error).__name__} {error}")

    async def _meet(self) -> None:
        """Hold one activity after the other, so that `activities` works too."""
        town = self.flow.cast.town
        guests = self.data.accounts("student")
        for number in count():
            if self._stopped.is_set():
                return
            people = [town.someone(guests[(number * GUESTS + n) % len(guests)].username) for n in range(GUESTS)]
            activity = self.data.activities[number % len(self.data.activities)]
            try:
                held = await gather(town.someone("secretary1"), activity, people, f"{self.run}-activity-{number}")
                self.flow.gatherings.append(held)
            except Exception as error:  # noqa: BLE001 - the same
                if isinstance(error, Refused) and error.code == LATE:
                    continue
                self.flow.failures.append(f"activity {number}: {type(error).__name__} {error}")
