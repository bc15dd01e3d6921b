"""Many stories at once: real requests filed and served, and activities held, by simulated people over HTTP."""

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from deploy.demo.campus import Campus, Person, campus
from deploy.demo.gatherings import Gathering, gather
from deploy.demo.mapping import Filing
from deploy.demo.people import Town
from deploy.demo.seed import usernames
from deploy.demo.stories import Cast, Ending, Story, Temper
from deploy.demo.wishes import with_wishes

_PATIENCE: Final = 90.0
_GUESTS: Final = 12
WISH_EVERY: Final = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what: real requests, stories at once, activities; `run` makes its keys its own.

    A wish that we made up comes after every `WISH_EVERY` real requests.
    """

    requests: int
    at_once: int = 24
    gatherings: int = 3
    temper: Temper = field(default_factory=Temper)
    run: str = "loop"

    @property
    def filings(self) -> int:
        """Return how many requests are filed in all."""
        return self.requests + self.requests // WISH_EVERY


@dataclass(slots=True)
class Flow:
    """What went on: every request that was filed (answered by 201), every activity, what could not be done."""

    cast: Cast
    endings: list[Ending] = field(default_factory=list)
    gatherings: list[Gathering] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ended(self) -> int:
        """Return how many stories came to an end."""
        return sum(1 for ending in self.endings if ending.stage is not None)


async def cast_of(town: Town) -> Cast:
    """Return the people of a town that was seeded."""
    return Cast(
        town=town,
        usernames=await usernames(town.someone("admin1")),
        volunteers=[person.username for person in campus().people if "helper" in person.roles and person.password],
        desk=town.someone("desk1"),
        counsellor=town.someone("counsellor1"),
    )


async def run(town: Town, plan: Plan, *, flow: Flow | None = None) -> Flow:
    """Let the plan happen and return what went on; `flow` may be given to watch it from outside meanwhile."""
    flow = flow or Flow(await cast_of(town))
    data = campus()
    queue = islice(with_wishes(data, WISH_EVERY), plan.filings)
    began = time.monotonic()
    await asyncio.gather(
        *(_worker(flow, queue, plan) for _ in range(plan.at_once)),
        _gatherings(flow, data, plan),
    )
    flow.seconds = time.monotonic() - began
    return flow


async def _worker(flow: Flow, queue: Iterator[Filing], plan: Plan) -> None:
    for filing in queue:
        story = Story(flow.cast, filing, plan.temper, plan.run)
        try:
            ending = await story.file()
            flow.endings.append(ending)
            await story.live(ending, _PATIENCE)
        except Exception as error:  # noqa: BLE001 - one story that fails ends no other
            _note(flow, f"request {filing.key}", error)


async def _gatherings(flow: Flow, data: Campus, plan: Plan) -> None:
    organiser = flow.cast.town.someone("secretary1")
    guests = data.accounts("student")
    for number in range(plan.gatherings):
        activity = data.activities[number % len(data.activities)]
        people = _slice(guests, number * _GUESTS)
        try:
            some = [flow.cast.town.someone(person.username) for person in people]
            flow.gatherings.append(await gather(organiser, activity, some, f"{plan.run}-activity-{number}"))
        except Exception as error:  # noqa: BLE001 - one activity that fails ends no other
            _note(flow, f"activity {number}", error)


def _slice(guests: list[Person], start: int) -> list[Person]:
    return [guests[(start + step) % len(guests)] for step in range(_GUESTS)]


def _note(flow: Flow, what: str, error: Exception) -> None:
    said = f"{what}: {type(error).__name__} {error}"
    flow.failures.append(said)
    print(said, file=sys.stderr)
