"""The people of the campus: they file, help, decide, confirm and complain at random times, through the real routes.

They know only what the routes show them (`may`), forget to look again, press twice, and try again when nobody answers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any, Final

import orjson
from fastapi import FastAPI, Response

from services.members.acquaintance.handlers import Acquaintance
from services.members.duty_areas import handlers as duty_areas
from services.members.duty_areas.handlers import DutyAreas
from services.members.matching import api as matching_api
from services.members.matching.handlers import Matching
from services.members.people.domain.person import depart, disable, enable
from services.members.people.domain.profile import Profile
from services.members.people.handlers import commands as people
from services.members.people.handlers.commands import Move, People
from services.members.places import handlers as places
from services.members.places.handlers import Places
from services.members.units import handlers as units
from services.members.units.handlers import Units
from services.requests.casework.api import reading
from services.requests.casework.handlers.casework import Casework
from services.requests.casework.queries.requests import list_mine, list_my_legs
from services.requests.casework.queries.views import RequestView, request_view
from services.requests.catalogue.domain import CATEGORIES
from services.requests.queue import api as queue
from shared.contracts.members import Role
from shared.contracts.stages import LegKind, Stage, Visibility
from shared.keyset import PageQuery
from shared.refusal import Refusal
from shared.store.document import Terms
from tests.simulation.acquainted import Curious
from tests.simulation.campus import ADMIN, Campus, Human, draw_human
from tests.simulation.clubs import Clubs
from tests.simulation.commands import Given, Say, filled, ways_of
from tests.simulation.story import Refused, Unanswered
from tests.simulation.volunteers import Volunteers

if TYPE_CHECKING:
    from tests.simulation.world import World

_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR

HANDLERS: Final = (Role.DESK, Role.SECRETARY, Role.COUNSELLOR)
Deed = Callable[[FastAPI], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Filed:
    """A filing that was acknowledged."""

    request_id: str
    by: str
    title: str
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody makes up their mind to do."""

    command: str
    leg_id: str | None = None


class Crowd:
    """Everybody, and what they do."""

    def __init__(self, world: "World", random: Random) -> None:
        """Let people of this world act, drawing from this source."""
        self.world = world
        self.random = random
        self.filed: dict[str, Filed] = {}
        self.keys: dict[tuple[str, str], str] = {}
        self.accepted: dict[str, set[str]] = {}
        self.eager = False
        self.closed = False
        self.humans: dict[str, Human] = {}
        self._looked: dict[str, float] = {}
        self._seen: dict[tuple[str, str], RequestView] = {}
        self._numbers = 0
        self._clubs = Clubs(self)
        self._volunteers = Volunteers(self)
        self._curious = Curious(self)

    # -- asking --------------------------------------------------------------------------------------------------------

    async def insist(self, service: str, deed: Deed) -> Any:
        """Ask until somebody answers; a refusal is an answer."""
        while True:
            try:
                return await self.world.ask(service, deed)
            except Unanswered:
                await asyncio.sleep(self.random.expovariate(1 / 60.0))

    async def attempt(self, who: str, what: str, about: str, service: str, deed: Deed) -> Any:
        """Ask once, tell how it went, and return the answer, which may be `Refused`.

        Raises `Unanswered`.
        """
        story = self.world.story
        try:
            answer = await self.world.ask(service, deed)
        except Refusal as refusal:
            story.count(f"refused:{refusal.code}")
            story.tell(who, what, about, refusal.code)
            return Refused(refusal.code)
        except Unanswered as error:
            story.count(f"unanswered:{service}")
            story.tell(who, what, about, f"unanswered: {error}")
            raise
        story.count(f"did:{what}")
        story.tell(who, what, about, "ok")
        self.world.watch.acknowledged(answer)
        return answer

    def key(self) -> str:
        """Return a fresh idempotency key."""
        self._numbers += 1
        return f"key-{self._numbers}"

    # -- the campus is founded -----------------------------------------------------------------------------------------

    async def found(self, campus: Campus) -> None:
        """Make places, units, people and duty areas through the handlers of `members`."""
        self.world.badges[ADMIN.id] = ADMIN
        for depth in range(4):
            level = [one for one in campus.places if one[0].count(".") == depth]
            await asyncio.gather(*(self.insist("members", _adding(*one)) for one in level))
        for unit_id, unit in campus.units:
            await self.insist("members", _forming(unit_id, unit))
        await asyncio.gather(*(self.register(human) for human in campus.humans))
        for floor in campus.floors[: 1 + len(campus.floors) // 2]:
            await self._assign_area(self.random.choice(campus.humans), floor)
        await asyncio.sleep(120.0)

    async def register(self, human: Human) -> None:
        """Put somebody into the ledger."""
        await self.insist("members", _registering(human, self.key()))
        self.humans[human.id] = human
        self.world.badges[human.id] = human.actor

    async def _assign_area(self, owner: Human, place: str) -> None:
        key = self.key()

        async def deed(app: FastAPI) -> Any:
            areas = app.state.parts[DutyAreas]
            return await duty_areas.assign_duty_area(areas, ADMIN.id, key, owner.id, None, (place,))

        try:
            area = await self.insist("members", deed)
        except Refusal as refusal:
            self.world.story.count(f"refused:{refusal.code}")
            return
        self.world.story.count("did:assign_duty_area")
        if self.random.random() < 0.5:
            self.world.spawn(self._release_area(area.document.id))

    async def _release_area(self, area_id: str) -> None:
        await asyncio.sleep(120.0 + self.random.expovariate(1 / _DAY))

        async def deed(app: FastAPI) -> Any:
            await duty_areas.release_duty_area(app.state.parts[DutyAreas], ADMIN.id, area_id)

        await self.insist("members", deed)
        self.world.story.count("did:release_duty_area")

    # -- weeks ---------------------------------------------------------------------------------------------------------

    async def live(self, until: float) -> None:
        """Let everybody live until this moment."""
        weather = self.world.weather
        a_day = {
            self._somebody_files: weather.filings_a_day,
            self._desk_looks: 4.0 + weather.filings_a_day / 4,
            self._somebody_looks: 2.0 + weather.filings_a_day / 3,
            self._admin_acts: 1.5,
            self._all_at_once: weather.filings_a_day / 2,
            self._clubs.somebody_plans: 1.0 + weather.people / 100,
            self._clubs.leader_looks: 4.0,
            self._volunteers.somebody_looks: 2.0 + weather.filings_a_day,
            self._curious.somebody_asks: 1.0 + weather.filings_a_day / 3,
        }
        going = [self.world.spawn(self._often(rate, work)) for work, rate in a_day.items()]
        await asyncio.sleep(max(0.0, until - self.world.loop.time()))
        for one in going:
            one.cancel()
        self.closed = True

    async def _often(self, a_day: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            await asyncio.sleep(self.random.expovariate(a_day / _DAY))
            self.world.spawn(work())

    # -- filing --------------------------------------------------------------------------------------------------------

    async def _somebody_files(self) -> None:
        random, campus = self.random, self.world.campus
        requester = random.choice(campus.of(Role.STUDENT))
        filer = random.choice(campus.of(*HANDLERS)) if random.random() < 0.1 else requester
        category = random.choice([one for one in CATEGORIES if random.random() < 0.5] or list(CATEGORIES))
        form: dict[str, Any] = {
            "category": category,
            "title": self.world.marks.words("title"),
            "text": self.world.marks.words("text"),
            "urgent": random.random() < 0.1,
        }
        if filer is not requester:
            form["requester_id"] = requester.id
        if random.random() < 0.3:
            form["place"] = random.choice(campus.rooms)
        if random.random() < 0.2:
            form["visibility"] = random.choice(list(Visibility)).value
        await self._file(filer, form, self.key())

    async def _file(self, filer: Human, form: Mapping[str, Any], key: str) -> None:
        """File until answered, always under the same key; sometimes press twice, or once more with another form."""
        random, tries = self.random, 0
        while True:
            tries += 1
            posts = 2 if random.random() < 0.08 else 1
            answers = await asyncio.gather(*(self._post(filer, form, key) for _ in range(posts)))
            statuses = [status for status, _ in answers]
            self.world.story.tell(filer.username, "files", form["title"], f"{key} {statuses}")
            for status, view in answers:
                if status in {200, 201}:
                    self._note_filed(filer, form, key, view)
            final = [status for status in statuses if status]
            if final and (final[0] not in {422, 404} or tries > 20):
                break
            await asyncio.sleep(random.expovariate(1 / 120.0))
        if random.random() < 0.05:
            other = {**form, "text": "changed my mind"}
            status, _ = await self._post(filer, other, key)
            if status in {200, 201}:
                self.world.story.violate("one key, one form", self.keys.get((filer.id, key), key), "taken twice")

    async def _post(self, filer: Human, form: Mapping[str, Any], key: str) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {filer.id}", "idempotency-key": key, "content-type": "application/json"}
        try:
            status, view = await self.world.http("requests", "POST", "/api/requests", headers, orjson.dumps(form))
        except Unanswered:
            self.world.story.count("unanswered:requests")
            return 0, None
        self.world.story.count("did:file" if status < 300 else f"refused:{view['code']}")
        return status, view

    def _note_filed(self, filer: Human, form: Mapping[str, Any], key: str, view: Mapping[str, Any]) -> None:
        request_id = view["id"]
        known = self.keys.setdefault((filer.id, key), request_id)
        if known != request_id or view["title"] != form["title"]:
            self.world.story.violate("one key, one request", request_id, f"{key} also led to {known}")
        if request_id not in self.filed:
            now = self.world.loop.time()
            self.filed[request_id] = Filed(request_id, filer.id, form["title"], form["text"], now)

    # -- noticing and acting -------------------------------------------------------------------------------------------

    def noticed(self, row: Mapping[str, Any], fresh: bool) -> None:
        """Let those whom a change concerns hear of it some time, or not at all (they look by themselves at times)."""
        state, random = row["state"], self.random
        request_id, requester = row["_id"], self.humans.get(state["requester_id"])
        slow = 0.05 if self.eager else 1.0
        for leg in state["legs"]:
            helper = self.humans.get(leg["helper_id"] or "")
            if helper is not None and leg["state"] in {"offered", "accepted", "started"} and random.random() < 0.8:
                hours = 1.5 if leg["state"] == "offered" else 6.0
                self.nudge(helper, request_id, random.expovariate(1 / (hours * _HOUR * slow)))
        hears = (0.95 if self.eager else 0.7) if state["stage"] == Stage.RESOLVED.value else 0.06
        if requester is not None and random.random() < hears:
            self.nudge(requester, request_id, random.expovariate(1 / (18 * _HOUR * slow)))
        held = state["stage"] == Stage.ON_HOLD.value
        hears = 0.9 if state["needs"] or (held and self.eager) else 0.25 if fresh or held else 0.02
        if random.random() < hears:
            self.nudge(self._handler(state), request_id, random.expovariate(1 / (4 * _HOUR * slow)))

    def _handler(self, state: Mapping[str, Any]) -> Human:
        """Choose who sees to a request: mostly somebody who works for its place, now and then any of the staff."""
        campus = self.world.campus
        if state["visibility"] == Visibility.SEALED.value:
            return self.random.choice(campus.of(Role.SEALED_READER) or campus.humans)
        staff = campus.of(*HANDLERS)
        there = [one for one in staff if one.actor.scope(*HANDLERS).holds_place(state["place"])]
        return self.random.choice((staff if self.random.random() < 0.1 else there) or campus.humans)

    def nudge(self, human: Human, request_id: str, delay: float) -> None:
        """Let somebody look at a request after a while and do something about it."""
        if not self.closed or self.eager:
            self.world.spawn(self._look_and_act(human, request_id, delay))

    async def _look_and_act(self, human: Human, request_id: str, delay: float) -> None:
        await asyncio.sleep(delay)
        random = self.random
        if human.departed and not self.eager and random.random() < 0.7:
            return
        remembered = self._seen.get((human.id, request_id))
        try:
            if remembered is not None and random.random() < 0.15:
                self.world.story.count("did:acted_on_stale_knowledge")
                view = remembered
            else:
                view = await self._look(human, request_id)
            choice = self._choose(human, view) if view is not None else None
            if view is not None and choice is not None:
                await self._perform(human, view, choice)
        except Unanswered:
            self.nudge(human, request_id, random.expovariate(1 / 300.0))

    async def _look(self, human: Human, request_id: str) -> RequestView | None:
        async def deed(app: FastAPI) -> RequestView:
            return await reading.get_request(request_id, human.actor, app.state.parts[Casework], Response())

        try:
            view: RequestView = await self.world.ask("requests", deed)
        except Refusal as refusal:
            self.world.story.count(f"refused:{refusal.code}")
            return None
        self._seen[human.id, request_id] = view
        self._looked[request_id] = self.world.loop.time()
        return view

    def _choose(self, human: Human, view: RequestView) -> Choice | None:
        """Choose one of the commands that the answer offers, as this person would."""
        odds: dict[Choice, float] = {}
        for leg in view.legs:
            for command, chance in _LEG_ODDS.items():
                if command in leg.may and leg.helper_id == human.id:
                    odds[Choice(command, leg.id)] = chance
            if "assign" in leg.may and (leg.unmatched or leg.quiet or self.random.random() < 0.1):
                odds[Choice("assign", leg.id)] = 3.0
            for command, chance in _DESK_LEG_ODDS.items():
                urges = leg.stale or leg.quiet or leg.withdrawal == "by_hand"
                if command in leg.may and (urges or self.random.random() < 0.1):
                    odds[Choice(command, leg.id)] = chance
            odds |= {Choice(command, leg.id): _ODDS for command in leg.may if command not in _KNOWN}
        handles = "contact" in view.may
        usual = _LAST_ODDS if self.eager else _REQUEST_ODDS
        for command, chance in (_NEED_ODDS if view.needs and handles else usual).items():
            if command in view.may:
                odds[Choice(command)] = chance
        odds |= {Choice(command): _ODDS for command in view.may if command not in _KNOWN}
        idle = 0.3 if self.eager else _IDLE
        return self.random.choices([*odds, None], [*odds.values(), idle])[0]

    async def _perform(self, human: Human, view: RequestView, choice: Choice) -> None:
        """Do it: once or twice, with or without the version that was seen; unanswered, perhaps blindly again."""
        random = self.random
        terms = Terms(
            expect=view.version if random.random() < 0.3 else None,
            key=self.key() if random.random() < 0.5 else None,
            content=choice.command,
        )
        fresh = self._seen.get((human.id, view.id)) is view and self._looked.get(view.id) == self.world.loop.time()
        helper = await self._whom(human, view, choice) if choice.command == "assign" else None
        deed = self._deed(human, view, choice, terms, helper)
        about = f"{view.id} {choice.leg_id}" if choice.leg_id else view.id
        intention = self.key()

        async def once() -> None:
            answer = await self.attempt(human.username, choice.command, about, "requests", deed)
            if isinstance(answer, Refused):
                if fresh:
                    self.world.watch.refused(view, answer.code, choice.leg_id)
                return
            if choice.command != "assign" or _was_given(answer, choice.leg_id):
                self.world.watch.causes.answered(human.id, choice.command, view.id, intention)
            if choice.leg_id is not None:
                self.check_acceptance(human, choice.leg_id, answer)

        if random.random() < 0.07:
            self.world.story.count("did:pressed_twice")
            done = await asyncio.gather(once(), once(), return_exceptions=True)
            if all(isinstance(one, Unanswered) for one in done):
                raise Unanswered
            return
        try:
            await once()
        except Unanswered:
            if random.random() < 0.5:
                raise
            await asyncio.sleep(random.expovariate(1 / 30.0))
            await once()

    def check_acceptance(self, human: Human, leg_id: str, answer: RequestView) -> None:
        """Remember who was told that the leg is theirs."""
        if any(leg.id == leg_id and leg.helper_id == human.id and leg.state.value == "accepted" for leg in answer.legs):
            self.accepted.setdefault(leg_id, set()).add(human.id)

    async def _whom(self, human: Human, view: RequestView, choice: Choice) -> str:
        leg = next(one for one in view.legs if one.id == choice.leg_id)
        if view.visibility is Visibility.SEALED or self.random.random() < 0.1:
            return human.id

        async def deed(app: FastAPI) -> Any:
            parts = app.state.parts
            people, met = parts[People].documents, parts[Acquaintance]
            return await matching_api.get_helpers(parts[Matching], people, met, human.actor, view.place, leg.skill)

        found = await self.attempt(human.username, "rank_helpers", view.id, "members", deed)
        shown = [] if isinstance(found, Refused) else [one.id for one in found.items[:5]]
        return self.random.choice(shown or [human.id])

    def _deed(self, human: Human, view: RequestView, choice: Choice, terms: Terms, helper: str | None) -> Deed:
        way, about = WAYS[choice.command], {"request_id": view.id, "leg_id": choice.leg_id or ""}
        say = {**_SAY, "helper_id": lambda _: helper or "nobody"}
        body = None if way.body is None else filled(way.body, self.random, self.world.marks.words, say)
        return lambda app: way.call(app, Given(human.actor, about, terms), body)

    async def _all_at_once(self) -> None:
        """Let everybody whom one request concerns act in the same moment, on what they knew just before."""
        rows = self._unended()
        if not rows:
            return
        state = (row := self.random.choice(rows))["state"]
        helpers = [leg["helper_id"] for leg in state["legs"] if leg["helper_id"] in self.humans]
        concerned = [self.humans[one] for one in (state["requester_id"], *helpers) if one in self.humans]
        concerned += [self._handler(state) for _ in range(2)]
        views = [(human, await self._look_or_not(human, row["_id"])) for human in concerned]
        self.world.story.count("did:acted_all_at_once")
        for human, view in views:
            choice = None if view is None else self._choose(human, view)
            if view is not None and choice is not None:
                self.world.spawn(self._hastily(human, view, choice))

    async def _look_or_not(self, human: Human, request_id: str) -> RequestView | None:
        try:
            return await self._look(human, request_id)
        except Unanswered:
            return None

    async def _hastily(self, human: Human, view: RequestView, choice: Choice) -> None:
        await asyncio.sleep(self.random.uniform(0.0, 0.02))
        try:
            await self._perform(human, view, choice)
        except Unanswered:
            self.nudge(human, view.id, 300.0)

    # -- looking at lists ----------------------------------------------------------------------------------------------

    async def _desk_looks(self) -> None:
        human = self.random.choice(self.world.campus.of(*HANDLERS, Role.LEADER, Role.LOGISTICS))
        needs = self.random.choice([None, None, "coordinator", "send_failed", "stale", "still_open_outside", "triage"])
        q = self.random.choice([None, None, "r1", "b0", "e"]) if needs is None else None
        filters = queue.QueueQuery(needs=needs, q=q, limit=8)  # type: ignore[arg-type]

        async def deed(app: FastAPI) -> Any:
            work, rows = app.state.parts[Casework], app.state.runtime.collection("requests")
            return await queue.get_queue(human.actor, work, rows, filters)

        try:
            page = await self.world.ask("requests", deed)
        except Unanswered:
            return
        self.world.story.count("did:look_at_queue")
        self.world.watch.shown(human.actor, page.model_dump_json().encode(), "queue", by_requests=True)
        self.world.watch.within_scope(human.actor, page.items)
        for view in page.items[: 2 + bool(needs)]:
            self._seen[human.id, view.id] = view
            if any(human.has(role) for role in HANDLERS):
                self.nudge(human, view.id, self.random.expovariate(1 / 900.0))

    async def _somebody_looks(self) -> None:
        """Let a student look at their own requests, or a helper at their legs."""
        human = self.random.choice(self.world.campus.of(Role.STUDENT))
        helper = human.has(Role.HELPER)

        async def deed(app: FastAPI) -> Any:
            work = app.state.parts[Casework]
            if not helper:
                return [one.document.id for one in (await list_mine(work, human.actor, _FIRST_FIVE)).items]
            found = await list_my_legs(work, human.actor, _FIRST_FIVE, active=True)
            return [seen.document.id for seen, _ in found.items if request_view(seen)]

        try:
            ids = await self.world.ask("requests", deed)
        except Unanswered:
            return
        self.world.story.count("did:look_at_my_legs" if helper else "did:look_at_mine")
        for request_id in ids:
            self.nudge(human, request_id, self.random.expovariate(1 / 300.0))

    # -- the office ----------------------------------------------------------------------------------------------------

    async def _admin_acts(self) -> None:
        random, campus = self.random, self.world.campus
        human = random.choice(campus.of(Role.STUDENT))
        chance = random.random()
        if chance < 0.25:
            fresh = draw_human(random, campus, len(campus.humans) + 1000, None, self.world.marks)
            campus.humans.append(fresh)
            await self.register(fresh)
            self.world.story.count("did:register_person")
        elif chance < 0.35:
            spare = campus.of(Role.SECRETARY)[1:]
            leaver = random.choice(spare) if spare and random.random() < 0.2 else human
            await self._move(leaver, "depart_person", depart)
        elif chance < 0.45:
            gone = [one for one in campus.humans if one.departed]
            if gone:
                await self._return(random.choice(gone))
        elif chance < 0.5:
            name, move = random.choice((("disable_person", disable), ("enable_person", enable)))
            await self._move(human, name, move)
        elif chance < 0.62:
            await self._assign_area(human, random.choice(campus.floors + campus.rooms))
        else:
            await self._revise(human)

    async def _move(self, human: Human, name: str, move: Move) -> None:
        async def deed(app: FastAPI) -> Any:
            return await people.move_person(app.state.parts[People], ADMIN.id, human.id, move)

        await self._told(human, name, deed)

    async def _return(self, human: Human) -> None:
        async def deed(app: FastAPI) -> Any:
            return await people.return_person(app.state.parts[People], ADMIN.id, human.id, lambda profile: profile)

        await self._told(human, "return_person", deed)

    async def _told(self, human: Human, name: str, deed: Deed) -> None:
        try:
            document = await self.insist("members", deed)
        except Refusal as refusal:
            self.world.story.count(f"refused:{refusal.code}")
            return
        human.departed = document.state.departed_at is not None
        self.world.story.count(f"did:{name}")
        self.world.story.tell("admin", name.replace("_", " "), human.id, human.username)

    async def _revise(self, human: Human) -> None:
        random = self.random
        place, reachable = random.choice(self.world.campus.rooms), random.random() < 0.8
        helps = random.random() < (0.7 if Role.HELPER in human.profile.roles else 0.3)
        roles = (Role.STUDENT, Role.HELPER) if helps else (Role.STUDENT,)

        def revised(profile: Profile) -> Profile:
            return replace(profile, place=place, reachable=reachable, roles=roles)

        async def deed(app: FastAPI) -> Any:
            return await people.revise_person(app.state.parts[People], ADMIN.id, human.id, revised, None)

        try:
            await self.insist("members", deed)
        except Refusal as refusal:
            self.world.story.count(f"refused:{refusal.code}")
            return
        human.profile = revised(human.profile)
        self.world.badges[human.id] = human.actor
        self.world.story.count("did:revise_person")

    # -- the end -------------------------------------------------------------------------------------------------------

    async def finish(self) -> None:
        """Let everybody finish what they have begun, some days long."""
        self.eager = True
        for _ in range(5):
            for row in self._unended():
                self.noticed(row, fresh=False)
            await asyncio.sleep(8 * _HOUR)

    async def give_up(self) -> None:
        """Let the desk end by cancelling whatever nobody finished; the resolved ones may run out."""
        for row in self._unended():
            if row["state"]["stage"] != Stage.RESOLVED.value:
                handler = self._handler(row["state"])
                view = await self._look(handler, row["_id"])
                if view is not None and "cancel" in view.may:
                    await self._perform(handler, view, Choice("cancel"))
        self.eager = False

    def _unended(self) -> list[Mapping[str, Any]]:
        rows = self.world.watch.requests()
        live = {stage.value for stage in Stage} - {"closed_confirmed", "closed_unconfirmed", "cancelled", "rejected"}
        return [row for row in rows if row["state"]["stage"] in live]


def _was_given(answer: RequestView, leg_id: str | None) -> bool:
    """Tell whether an assignment made an offer; whoever had taken the leg before keeps it."""
    return any(leg.id == leg_id and leg.state.value == "offered" for leg in answer.legs)


_FIRST_FIVE: Final = PageQuery(None, 5)

_LEG_ODDS: Final[Mapping[str, float]] = {
    "accept": 2.4,
    "decline": 0.5,
    "start": 3.0,
    "complete": 3.0,
    "release": 0.2,
    "report": 0.4,
}
_DESK_LEG_ODDS: Final[Mapping[str, float]] = {"release": 0.4, "withdraw": 0.3, "acknowledge_outside": 3.0}
_REQUEST_ODDS: Final[Mapping[str, float]] = {
    "cancel": 0.05,
    "confirm": 3.0,
    "rate": 0.7,
    "reopen": 0.12,
    "triage": 0.15,
    "reject": 0.04,
    "hold": 0.15,
    "resume": 2.0,
    "contact": 0.4,
    "add_leg": 0.08,
}
_LAST_ODDS: Final[Mapping[str, float]] = {"confirm": 3.0, "rate": 0.5, "resume": 5.0, "contact": 0.1}
_IDLE: Final = 1.2
"""How likely somebody is to do nothing, beside the odds of what they may do."""

_NEED_ODDS: Final[Mapping[str, float]] = {
    "cancel": 0.1,
    "triage": 0.6,
    "reject": 0.2,
    "resume": 1.0,
    "contact": 0.3,
    "add_leg": 0.8,
    "hold": 0.1,
}

_ODDS: Final = 0.3
"""How likely somebody gives a command that has no odds of its own."""
_KNOWN: Final = frozenset({*_LEG_ODDS, *_DESK_LEG_ODDS, *_REQUEST_ODDS, "assign", "claim"})
"""Commands with odds of their own, by hand or by `Volunteers`."""
WAYS: Final = ways_of("requests")
_SAY: Final[Say] = {
    "solved": lambda random: random.random() < 0.8,
    "category": lambda random: random.choice([None, *CATEGORIES]),
    "kind": lambda random: LegKind.OUTSIDE if random.random() < 0.3 else LegKind.HELPER,
    "skill": lambda random: random.choice([None, "errand", "care"]),
    "answers": lambda random: {"q": f"answer {random.randint(1, 9)}"},
}


def _adding(place_id: str, place: Any) -> Deed:
    return lambda app: places.add_place(app.state.parts[Places], ADMIN.id, f"place-{place_id}", place_id, place)


def _forming(unit_id: str, unit: Any) -> Deed:
    key = f"unit-{unit_id}"
    return lambda app: units.form_unit(app.state.parts[Units], ADMIN.id, key, unit_id, unit)


def _registering(human: Human, key: str) -> Deed:
    return lambda app: people.register_person(app.state.parts[People], ADMIN.id, key, human.username, human.profile)
