"""The simulated world: two replicas of four services, a campus full of people, and everything that goes wrong.

One integer seed decides all of it. Call `run(seed)`; the same seed gives the same story to the last byte.
"""

import asyncio
import contextvars
import gc
import os
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from random import Random
from time import perf_counter
from types import MappingProxyType
from typing import Any, Final, TypeVar

import httpx
import orjson
from fastapi import FastAPI
from standardwebhooks import webhooks

import services.activities.app
import services.members.app
import services.reporting.app
import services.requests.app
from deploy.nats.topology import durables
from services.activities.settings import Settings as ActivitiesSettings
from services.members.settings import Settings as MembersSettings
from services.reporting.settings import Settings as ReportingSettings
from services.requests.settings import Settings as RequestsSettings
from shared.auth.actor import Actor
from shared.config import ServiceSettings
from shared.ids import drawn_from
from shared.ports import Ports
from shared.refusal import Refusal
from shared.store.document import Conflict
from shared.store.mongo import Database, StoreError
from tests.simulation.bus import SimulatedStream
from tests.simulation.campus import Campus, Marks, draw_campus
from tests.simulation.forks import forked, frames
from tests.simulation.invariants import Watch
from tests.simulation.machine import BEGIN, Process, SimulatedClock, SimulatedLoop, current_process
from tests.simulation.outside import BASE, SECRET, SYSTEM, WITHDRAWALS, Repairs
from tests.simulation.people import Crowd
from tests.simulation.store import SimulatedMongo
from tests.simulation.story import Result, Story, Unanswered
from tests.simulation.tables import Table
from tests.simulation.wire import PEACE, Chances, Wire
from tests.support.identities import key_file

T = TypeVar("T")

_MODULES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "members": services.members.app,
        "requests": services.requests.app,
        "activities": services.activities.app,
        "reporting": services.reporting.app,
    }
)
SERVICES: Final = ("members", "requests", "activities", "reporting")
_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR
_STALLS: Final = 0.0003
_PATIENCE: Final = 30.0
_DULL: Final = frozenset({"slow", "away", "twice", "late", "shuffled", "cut", "word_lost"})
_ENV: Final = "YIZHAN_SIMULATED"


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two looks of each sweep. Slower ones make weeks cheap; what they find is the same, only later."""

    relay: float = 3000.0
    clocks: float = 900.0
    poll: float = 1800.0
    poll_after: float = 3600.0
    draw: float = 7200.0
    follow: float = 3600.0
    rebuild: float = 3600.0
    forget: float = 43_200.0


BRISK: Final = Pace(400.0, 120.0, 400.0, 900.0, 600.0, 300.0, 600.0, 3600.0)
SLOW: Final = Pace(7200.0, 3600.0, 7200.0, 7200.0, 21_600.0, 10_800.0, 10_800.0, 86_400.0)
QUIET: Final = Pace(21_600.0, 3600.0, 21_600.0, 7200.0, 86_400.0, 43_200.0, 43_200.0, 172_800.0)


@dataclass(frozen=True, slots=True)
class Weather:
    """What a seed is like: how long, how many people, how busy, how rough."""

    days: float
    people: int
    filings_a_day: float
    roughness: float
    pace: Pace
    skew: float
    kills_a_day: float
    outages_a_day: float

    def __str__(self) -> str:
        return (
            f"{self.days:.1f} days, {self.people} people, {self.filings_a_day:.1f} filings a day, "
            f"roughness {self.roughness:.1f}, skew ±{self.skew:.0f} s"
        )


def draw_weather(random: Random) -> Weather:
    """Draw what the seed is like: most are small, some are long and big."""
    size = random.random()
    if size < 0.25:
        days, people, filings, pace = random.uniform(0.2, 0.6), random.randint(12, 24), random.uniform(10, 40), BRISK
    elif size < 0.8:
        days, people, filings, pace = random.uniform(1.0, 3.0), random.randint(14, 40), random.uniform(3, 8), Pace()
    elif size < 0.985:
        days, people, filings, pace = random.uniform(3.0, 8.0), random.randint(40, 80), random.uniform(3, 7), SLOW
    else:
        days, people, filings, pace = random.uniform(10.0, 21.0), random.randint(120, 300), random.uniform(5, 10), SLOW
    return Weather(
        days=days,
        people=people,
        filings_a_day=filings,
        roughness=random.choice([0.3, 1.0, 1.0, 2.0, 4.0]),
        pace=pace,
        skew=random.choice([0.0, 2.0, 10.0, 60.0]),
        kills_a_day=random.choice([0.5, 2.0, 6.0]),
        outages_a_day=random.choice([0.3, 1.0, 3.0]),
    )


@dataclass
class Replica:
    """One of the two places where a service runs; a process at a time lives in it."""

    service: str
    number: int
    process: Process | None = None
    app: FastAPI | None = None
    ready: bool = False
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ended: "asyncio.Future[str] | None" = None
    answers: dict["asyncio.Future[Any]", None] = field(default_factory=dict["asyncio.Future[Any]", None])
    back_after: float | None = None
    lives: int = 0

    @property
    def name(self) -> str:
        """The name in the story."""
        return f"{self.service}-{self.number}"


OnWrite = Callable[[str, str, Any, Any], None]
"""Is told of each document that is written: service, collection, as it was, as it is."""


class WatchedMongo(SimulatedMongo):
    """The simulated store, with somebody who looks at every write."""

    on_write: OnWrite | None = None
    powered: bool = True

    def lose_power(self) -> int:
        """Undo what had not reached the journal; nobody looks meanwhile."""
        self.powered = False
        try:
            return super().lose_power()
        finally:
            self.powered = True

    def table(self, database: str, collection: str) -> Table:
        """Return a collection that tells of its writes."""
        tables = self._databases.setdefault(database, {})
        if collection not in tables:
            tables[collection] = _WatchedTable(self, database.removeprefix("yizhan_"), collection, self._note)
        return tables[collection]


class _WatchedTable(Table):
    def __init__(self, server: WatchedMongo, service: str, name: str, journal: Any) -> None:
        super().__init__(journal)
        self._server = server
        self._service = service
        self._name = name

    def _put(self, key: Any, document: Any) -> None:
        before = self._documents.get(key)
        super()._put(key, document)
        if self._server.on_write is not None and self._server.powered:
            self._server.on_write(self._service, self._name, before, document)


class World:
    """Everything that one seed makes happen."""

    def __init__(self, seed: int, loop: SimulatedLoop, weather: Weather | None = None) -> None:
        """Draw the world of this seed; `weather` overrides what the seed is like."""
        self.seed = seed
        self.loop = loop
        root = Random(seed)
        self.weather = weather or draw_weather(root)
        self.story = Story(loop.time)
        self.wire = Wire(Random(root.getrandbits(64)), PEACE)
        self.wire.on_death = self._dies
        self.wire.noted = self._noted
        self.mongo = WatchedMongo(loop, self.wire)
        self.stream = SimulatedStream(loop, self.wire)
        self.ids = Random(root.getrandbits(64))
        self.chances = _rougher(Chances(), self.weather.roughness)
        self.chaos_random = Random(root.getrandbits(64))
        self.life_random = Random(root.getrandbits(64))
        self.marks = Marks()
        self.campus: Campus = draw_campus(Random(root.getrandbits(64)), self.weather.people, self.marks)
        self.repairs = Repairs(loop, self.wire, Random(root.getrandbits(64)), self.story, self._post_hook)
        self.repairs.spawn = self.spawn
        self.replicas = [Replica(service, number) for service in SERVICES for number in (1, 2)]
        self.pace = self.weather.pace
        self.calm = True
        self.over = False
        self.give_up = asyncio.Event()
        self.badges: dict[str, Actor] = {}
        self.badge_office = _BadgeOffice(self.badges)
        self.crowd = Crowd(self, Random(root.getrandbits(64)))
        self.watch = Watch(self)
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._context: contextvars.Context | None = None

    # -- the machine ---------------------------------------------------------------------------------------------------

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something that belongs to the world around the processes, whoever asks for it."""
        context = contextvars.Context() if self._context is None else self._context.copy()
        task = self.loop.create_task(work, context=context)
        self._tasks[task] = None
        task.add_done_callback(self._done, context=contextvars.Context())
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.story.violate("the world itself works", task.get_name(), f"{type(error).__name__}: {error}")
            raise error

    def later(self, seconds: float, work: Callable[[], object]) -> asyncio.TimerHandle:
        """Do something later, whoever is dead by then."""
        return self.loop.call_later(seconds, work, context=contextvars.Context())

    @property
    def began(self) -> datetime:
        """Return the moment at which virtual time is 0."""
        return BEGIN

    def now(self) -> datetime:
        """Return the true time."""
        return SimulatedClock(self.loop).now()

    def _noted(self, kind: str, part: str) -> None:
        process = current_process()
        who = process.name if process is not None else "somebody"
        self.story.fault(f"{part.partition(':')[0]}_{kind}", who, part, told=kind not in _DULL)

    def _dies(self, process: Process) -> None:
        replica = next(one for one in self.replicas if one.process is process)
        self._kill(replica, "killed between two steps")

    def _kill(self, replica: Replica, how: str) -> None:
        process = replica.process
        if process is None or not process.alive:
            return
        self.story.tell(replica.name, "WORLD dies", how=how)
        process.die()
        replica.ready = False
        if replica.ended is not None and not replica.ended.done():
            replica.ended.set_result(how)
        answers, replica.answers = replica.answers, {}
        for answer in answers:
            self.later(0.02, lambda answer=answer: _answer(answer, None, Unanswered("the connection broke")))

    async def _keep(self, replica: Replica) -> None:
        """Start a process in this place again and again, as whoever keeps processes does."""
        while not self.over:
            await self._live(replica)
            pause = replica.back_after
            replica.back_after = None
            if not self.over:
                await asyncio.sleep(self.life_random.uniform(1.0, 240.0) if pause is None else pause)

    async def _live(self, replica: Replica) -> None:
        replica.lives += 1
        skew = 0.0 if self.calm else self.life_random.uniform(-self.weather.skew, self.weather.skew)
        if skew:
            self.story.count("fault:clock_skewed")
        replica.process = process = Process(replica.name, self.loop)
        replica.stop, replica.ended = asyncio.Event(), self.loop.create_future()
        self.story.tell(replica.name, "WORLD starts", how=f"life {replica.lives}, clock {skew:+.1f} s")
        process.spawn(self._serve(replica, SimulatedClock(self.loop, timedelta(milliseconds=int(skew * 1000)))))
        how = await replica.ended
        self._kill(replica, how)

    async def _serve(self, replica: Replica, clock: SimulatedClock) -> None:
        """Be one process: open the service as its real `app.py` does, serve until told to stop, close."""
        ended = replica.ended
        try:
            app = built(replica, self.pace, self._ports(replica, clock))
            app.state.verifier = self.badge_office
            async with app.router.lifespan_context(app):
                replica.app, replica.ready = app, True
                await replica.stop.wait()
                replica.ready = False
            how = "stopped"
        except Exception as error:  # noqa: BLE001 - a process may end by anything
            if self.over:
                return
            how = f"failed: {type(error).__name__}: {error}"
            if not isinstance(error, StoreError | Conflict):
                self.story.violate("a service starts", replica.name, how)
                self.give_up.set()
        replica.ready = False
        if ended is not None and not ended.done():
            ended.set_result(how)

    def _ports(self, replica: Replica, clock: SimulatedClock) -> Ports:
        stop = replica.stop

        def database(_settings: ServiceSettings, service: str) -> Database:
            return Database(self.mongo.client(service), f"yizhan_{service}")

        def end() -> None:
            self.story.count("fault:part_failed")
            stop.set()

        return Ports(
            clock=clock,
            database=database,
            bus=lambda _settings, service: self.stream.bus(service),
            http=lambda seconds: httpx.AsyncClient(transport=self.repairs, timeout=seconds, trust_env=False),
            end=end,
        )

    # -- asking services -----------------------------------------------------------------------------------------------

    async def ask(self, service: str, deed: Callable[[FastAPI], Awaitable[T]], replica: Replica | None = None) -> T:
        """Have a living replica do something for a person, in its own process.

        Raises `Refusal` as the rooms do, and `Unanswered` when nobody knows whether it was done.
        """
        random = self.crowd.random
        alive = [one for one in self.replicas if one.service == service and one.ready]
        if not alive:
            await asyncio.sleep(random.uniform(0.05, 2.0))
            words = f"no {service} is up"
            raise Unanswered(words)
        chosen = replica if replica is not None and replica in alive else random.choice(alive)
        process, app = chosen.process, chosen.app
        assert process is not None
        assert app is not None
        answer: asyncio.Future[tuple[Any, Exception | None]] = self.loop.create_future()
        chosen.answers[answer] = None

        async def serve() -> None:
            try:
                value, fault = await deed(app), None
            except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
                value, fault = None, error
            chosen.answers.pop(answer, None)
            _answer(answer, value, fault)

        process.spawn(serve())
        timer = self.later(_PATIENCE, lambda: _answer(answer, None, Unanswered("no answer for half a minute")))
        value, fault = await answer
        timer.cancel()
        chosen.answers.pop(answer, None)
        if not self.calm and random.random() < self.chances.answer_lost:
            self.story.fault("person_answer_lost", service, told=False)
            words = "the answer got lost on its way to the person"
            raise Unanswered(words)
        if fault is None:
            return value
        raise self._as_the_person_sees(fault, service)

    def _as_the_person_sees(self, fault: Exception, service: str) -> Exception:
        if isinstance(fault, Refusal | Unanswered):
            return fault
        if isinstance(fault, StoreError | Conflict):
            return Unanswered(f"{type(fault).__name__}: {fault}")
        self.story.violate("nothing that people send makes a fault", service, f"{type(fault).__name__}: {fault}")
        return Unanswered("a fault")

    async def http(
        self, service: str, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Any]:
        """Call a replica over ASGI; returns status and body, raises `Unanswered` as `ask` does."""

        async def deed(app: FastAPI) -> tuple[int, Any]:
            return await call(app, method, path, headers, body)

        status, content = await self.ask(service, deed)
        if status in {500, 503} or (status == 409 and content.get("code") == "http.conflict"):
            if status == 500:
                self.story.violate("nothing that people send makes a fault", f"{method} {path}", str(content))
            words = f"HTTP {status}"
            raise Unanswered(words)
        return status, content

    async def _post_hook(self, body: bytes, headers: dict[str, str]) -> int | None:
        try:
            status, _ = await self.http("requests", "POST", f"/hooks/logistics/{SYSTEM}", headers, body)
        except Unanswered:
            return None
        if status == 401:
            self.story.violate("signed news is taken", headers["webhook-id"], "401")
        return status

    # -- time ----------------------------------------------------------------------------------------------------------

    async def live_or_give_up(self) -> None:
        """Live, unless a service cannot even start."""
        living, giving_up = self.loop.create_task(self.live()), self.loop.create_task(self.give_up.wait())
        await asyncio.wait([living, giving_up], return_when=asyncio.FIRST_COMPLETED)
        if living.done():
            living.result()

    async def live(self) -> None:
        """Let the weeks pass, then peace, then rest."""
        self._context = contextvars.copy_context()
        self.story.tell("world", "WORLD begins", how=str(self.weather))
        for found in durables().values():
            self.stream.provision(found)
        self.mongo.on_write = self.watch.on_write
        keepers = [self.spawn(self._keep(replica)) for replica in self.replicas]
        await self._all_up()
        await self.crowd.found(self.campus)
        self.calm = False
        self.wire.chances = self.chances
        looking = self.spawn(self._look())
        chaos = [self.spawn(work) for work in self._chaos()]
        begun = self.loop.time()
        await self.crowd.live(begun + self.weather.days * _DAY)
        for task in chaos:
            task.cancel()
        await self._peace()
        await self._rest()
        looking.cancel()
        self.over = True
        for replica in self.replicas:
            self._kill(replica, "the end")
        for task in keepers:
            task.cancel()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_HOUR)
            self.watch.look()

    async def _all_up(self) -> None:
        while not all(one.ready for one in self.replicas):  # noqa: ASYNC110 - virtual time costs nothing
            await asyncio.sleep(1.0)

    async def _peace(self) -> None:
        """End all faults, start processes afresh at a quiet pace with a right clock, and let people finish.

        One board lives on with the clock that it has (where its pace allows weeks): it must agree at rest as well.
        """
        self.story.tell("world", "WORLD peace")
        self.wire.away.clear()
        self.wire.chances = PEACE
        self.stream.chances = type(self.stream.chances)(*[0.0] * 6)
        for durable in self.stream.durables.values():
            durable.chances = self.stream.chances
        self.calm, self.pace = True, QUIET
        for replica in self.replicas:
            if replica.name == "reporting-2" and self.weather.pace is not BRISK:
                continue
            replica.back_after = 1.0
            replica.stop.set()
        await asyncio.sleep(600.0)
        await self._all_up()
        await self.crowd.finish()
        await self.repairs.finish()
        await asyncio.sleep(_DAY)
        self.watch.look_at_outside_legs()
        await self.crowd.give_up()
        await asyncio.sleep(8 * _DAY)

    async def _rest(self) -> None:
        """Wait until nothing moves any more, and look at everything."""
        for _ in range(48):
            if not self.watch.moving():
                break
            await asyncio.sleep(_HOUR)
        self.story.tell("world", "WORLD rest")
        await self.watch.at_rest()

    # -- what goes wrong -----------------------------------------------------------------------------------------------

    def _chaos(self) -> list[Coroutine[Any, Any, None]]:
        weather = self.weather
        outage = weather.outages_a_day / 4
        return [
            self._again_and_again(weather.kills_a_day, self._kill_one),
            self._again_and_again(weather.kills_a_day / 4, self._kill_both),
            self._again_and_again(outage, lambda: self._outage("bus", 2 * _HOUR)),
            self._again_and_again(outage * 1.5, lambda: self._outage(f"store:{self._any_service()}", _HOUR)),
            self._again_and_again(outage, lambda: self._outage("outside", 3 * _HOUR)),
            self._again_and_again(outage * 2, self._lose_power),
            self._again_and_again(0.3, self._rolling_restart),
        ]

    def _any_service(self) -> str:
        return self.chaos_random.choice(SERVICES)

    async def _again_and_again(self, a_day: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(self.chaos_random.expovariate(a_day / _DAY))
            await work()

    async def _kill_one(self) -> None:
        self.story.count("fault:process_killed")
        self._kill(self.chaos_random.choice(self.replicas), "kill -9")

    async def _kill_both(self) -> None:
        self.story.count("fault:service_killed")
        service = self._any_service()
        for replica in self.replicas:
            if replica.service == service:
                self._kill(replica, "kill -9, with its twin")

    async def _outage(self, part: str, longest: float) -> None:
        seconds = min(self.chaos_random.expovariate(4 / longest), 4 * longest)
        if part in self.wire.away:
            return
        self.story.fault(f"outage_{part.partition(':')[0]}", "world", told=False)
        self.story.tell("world", f"WORLD {part} goes away", how=f"for {seconds:.0f} s")
        self.wire.away.add(part)
        await asyncio.sleep(seconds)
        self.wire.away.discard(part)
        self.story.tell("world", f"WORLD {part} is back")

    async def _lose_power(self) -> None:
        """The machine of all databases loses its power: writes that did not wait for the journal are gone."""
        self.story.fault("power_lost", "world", told=False)
        self.story.tell("world", "WORLD power is lost", how=f"{self.mongo.lose_power()} writes undone")
        parts = {f"store:{service}" for service in SERVICES} - self.wire.away
        self.wire.away |= parts
        await asyncio.sleep(self.chaos_random.uniform(5.0, 60.0))
        self.wire.away -= parts

    async def _rolling_restart(self) -> None:
        self.story.fault("rolling_restart", "world", told=False)
        for replica in self.replicas:
            self.story.tell(replica.name, "WORLD is asked to stop")
            replica.back_after = 2.0
            replica.stop.set()
            await asyncio.sleep(60.0)
            if replica.process is not None and not replica.ready:
                self._kill(replica, "did not stop in time")


@dataclass(frozen=True, slots=True)
class _BadgeOffice:
    """Verifies tokens: in the simulation a token is the person's id."""

    badges: Mapping[str, Actor]

    async def verify(self, token: str) -> Actor:
        """Return who the token names."""
        if token not in self.badges:
            raise Refusal("auth.token_invalid")
        return self.badges[token]


def _answer(answer: "asyncio.Future[Any]", value: object, fault: Exception | None) -> None:
    if not answer.done():
        answer.set_result((value, fault))


def _rougher(chances: Chances, times: float) -> Chances:
    return replace(
        chances,
        slow=chances.slow * min(times, 2.0),
        stalls=_STALLS * times,
        fails_before=chances.fails_before * times,
        answer_lost=chances.answer_lost * times,
        dies_before=chances.dies_before * times / 2,
        dies_after=chances.dies_after * times / 2,
    )


_BUILT: Final[dict[tuple[object, ...], tuple[FastAPI, ServiceSettings, Ports]]] = {}


def built(replica: Replica, pace: Pace, ports: Ports) -> FastAPI:
    """Return the application of this place, made once for all its lives and all seeds, but at this pace on these ports.

    Making routes takes longer than everything else that a start does; nothing of a life is kept in them.
    """
    make = _MODULES[replica.service].build
    key = (replica.service, replica.number, make)
    if key not in _BUILT:
        settings, kept = _settings(replica.service), replace(ports)
        _BUILT[key] = make(settings, kept), settings, kept
    app, settings, kept = _BUILT[key]
    vars(settings).update(_paced(replica.service, pace))  # type: ignore[attr-defined] - a dictionary in truth
    for each in fields(ports):
        object.__setattr__(kept, each.name, getattr(ports, each.name))
    return app


def _settings(service: str) -> ServiceSettings:
    own: dict[str, object] = {"log_level": "CRITICAL"}
    if service == "members":
        keys = {"signing_key": str(_keys() / "signing.pem"), "person_key": str(key_file(_keys()))}
        return MembersSettings.model_validate(own | keys)
    if service == "activities":
        return ActivitiesSettings.model_validate(own)
    if service == "reporting":
        return ReportingSettings.model_validate(own)
    outside = {
        "open311_url": BASE,
        "logistics_withdrawal_url": WITHDRAWALS,
        "logistics_webhook_secret": SECRET,
        "logistics_system": SYSTEM,
    }
    return RequestsSettings.model_validate(own | outside)


def _paced(service: str, pace: Pace) -> dict[str, float]:
    """Return the settings that say how often a service looks after what."""
    own = {
        "activities": {"clocks_every": pace.clocks},
        "requests": {"clocks_every": pace.clocks, "poll_every": pace.poll, "poll_after": pace.poll_after},
        "reporting": {
            "draw_seconds": pace.draw,
            "follow_seconds": pace.follow,
            "rebuild_seconds": pace.rebuild,
            "forget_seconds": pace.forget,
        },
    }
    every = {
        "relay_every": pace.relay,
        "parked_every": pace.forget,
        "sessions_every": pace.follow,
        "keys_every": pace.forget,
    }
    return {**every, **own.get(service, {})}


def _keys() -> Path:
    """Return where the keys are: one signs nothing here, the other makes the ids of people, so all seeds share them."""
    return Path(tempfile.gettempdir()) / f"yizhan-simulation-{os.getuid()}"


async def call(app: FastAPI, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
    """Call an application over ASGI and return the status and the decoded body."""
    path, _, query = path.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
            (b"content-length", str(len(body)).encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[Mapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]
    content = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return sent[0]["status"], orjson.loads(content) if content else None


@contextmanager
def _told_time(loop: SimulatedLoop) -> Generator[None]:
    """Let the webhook library, which reads the machine's clock by itself, read the simulated one."""

    class ParsedNews(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return SimulatedClock(loop).now().astimezone(tz)

    library: Any = webhooks
    before, library.datetime = library.datetime, ParsedNews
    try:
        yield
    finally:
        library.datetime = before


@contextmanager
def _without_garbage_collection() -> Generator[None]:
    """Leave the collector off: it costs a third of the time, and nothing may depend on when it runs."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def run(seed: int, weather: Weather | None = None, *, apart: bool = True) -> Result:
    """Simulate one seed and return what it came to.

    It happens in a forked process, with everything as it is patched here, unless `apart` is False: the dead of a world
    have `finally` blocks, which the garbage collector would run some time in this process.
    """
    if not apart:
        return _simulated(seed, weather)
    reader, child = forked(lambda: [_simulated(seed, weather)])
    with os.fdopen(reader, "rb") as answer:
        raw = answer.read()
    os.waitpid(child, 0)
    results, _ = frames(raw)
    if not results:
        msg = f"the process of seed {seed} died"
        raise RuntimeError(msg)
    return results[0]


def _simulated(seed: int, weather: Weather | None) -> Result:
    began = perf_counter()
    loop = SimulatedLoop()
    world = World(seed, loop, weather)
    with _without_garbage_collection(), _told_time(loop), drawn_from(world.ids.randbytes):
        loop.set_exception_handler(lambda _, told: _unobserved(world, told))
        try:
            loop.run_until_complete(world.live_or_give_up())
        except Exception as error:  # noqa: BLE001 - whatever it is, this seed has failed
            world.story.violate("the world itself works", "world", f"{type(error).__name__}: {error}")
        finally:
            world.over = True
            loop.set_exception_handler(lambda _loop, _told: None)
            loop.close()
    world.watch.count(world.story.counts)
    digest = world.story.digest(world.watch.bytes_of_everything())
    days, story = loop.time() / _DAY, world.story
    story.now = float
    return Result(seed, tuple(story.violations), story, story.counts, days, digest, perf_counter() - began)


def _unobserved(world: World, told: Mapping[str, Any]) -> None:
    error = told.get("exception")
    if error is not None:
        world.story.violate("no task fails unseen", type(error).__name__, str(error))


__all__ = ["BRISK", "SLOW", "Pace", "Unanswered", "Weather", "World", "run"]
