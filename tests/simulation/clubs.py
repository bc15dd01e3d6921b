"""Activities and boards: organisers plan, people sign up and attend with the rotating code, leaders look at boards."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

import orjson
from fastapi import FastAPI, Response

from services.activities.programme import api as programme
from services.activities.programme.handlers.commands import Programme
from services.reporting.figures.queries import Side
from services.reporting.subjects.domain.ids import FigureId
from shared.contracts.event import to_rfc3339
from shared.contracts.members import Role
from shared.store.document import Terms
from tests.simulation.campus import ADMIN, Human
from tests.simulation.commands import Given, ways_of
from tests.simulation.story import Refused, Unanswered

if TYPE_CHECKING:
    from tests.simulation.people import Crowd

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0


_WAYS: Final = ways_of("activities")
_COMMANDS: Final = {"cancel_activity": "cancel", "complete_activity": "complete"}
"""What the story calls otherwise, because requests are cancelled and legs completed too."""


def _some(random: Random, humans: list[Human], most: int) -> list[Human]:
    return random.sample(humans, k=min(most, len(humans)))


def _deed(human: Human, what: str, activity_id: str, said: str, reason: str) -> Callable[[FastAPI], Awaitable[Any]]:
    """Return the call of the route that does this."""
    way = _WAYS[_COMMANDS.get(what, what)]
    form = {"reason": reason, "code": said}
    body = None if way.body is None else way.body.model_validate({name: form[name] for name in way.body.model_fields})
    given = Given(human.actor, {"activity_id": activity_id, "person_id": said}, Terms(), {"reason": reason})
    return lambda app: way.call(app, given, body)


class Clubs:
    """Who organises, who comes, who looks."""

    def __init__(self, crowd: "Crowd") -> None:
        """Let people of this crowd do it."""
        self._crowd = crowd

    async def somebody_plans(self) -> None:
        """Let an organiser plan an activity and see it through."""
        crowd, random = self._crowd, self._crowd.random
        organiser = random.choice(crowd.world.campus.of(Role.DESK, Role.SECRETARY))
        place, seats = random.choice(crowd.world.campus.venues)
        begins, lasts = random.uniform(2, 30) * _HOUR, random.uniform(0.5, 3) * _HOUR
        now = crowd.world.now()
        body = {
            "title": crowd.world.marks.words("activity"),
            "category": "study",
            "description": crowd.world.marks.words("description"),
            "starts_at": to_rfc3339(now + timedelta(seconds=begins)),
            "ends_at": to_rfc3339(now + timedelta(seconds=begins + lasts)),
            "place": place,
            "capacity": random.randint(1, seats),
            "points": random.choice([0, 2, 5, 20, 20, 30]),
        }
        activity_id = await self._plan(organiser, body)
        if activity_id is not None:
            await self._run(organiser, activity_id, crowd.world.loop.time() + begins, lasts)

    async def _plan(self, organiser: Human, body: Mapping[str, Any]) -> str | None:
        crowd, key = self._crowd, self._crowd.key()
        headers = {
            "authorization": f"Bearer {organiser.id}",
            "idempotency-key": key,
            "content-type": "application/json",
        }
        known: str | None = None
        while True:
            status, view = await self._post(headers, body)
            crowd.world.story.tell(organiser.username, "plans", str(body["title"]), f"{key} {status}")
            if status in {200, 201}:
                if known not in {None, view["id"]}:
                    crowd.world.story.violate("one key, one activity", view["id"], f"{key} also led to {known}")
                known = view["id"]
                crowd.world.story.count("did:plan")
                if crowd.random.random() > 0.1:
                    return known
            elif status:
                crowd.world.story.count(f"refused:{view['code']}")
                return None
            await asyncio.sleep(crowd.random.expovariate(1 / 60.0))

    async def _post(self, headers: Mapping[str, str], body: Mapping[str, Any]) -> tuple[int, Any]:
        try:
            return await self._crowd.world.http("activities", "POST", "/api/activities", headers, orjson.dumps(body))
        except Unanswered:
            return 0, None

    async def _run(self, organiser: Human, activity_id: str, begins: float, lasts: float) -> None:
        crowd, random, loop = self._crowd, self._crowd.random, self._crowd.world.loop
        await asyncio.sleep(random.expovariate(1 / 1800.0))
        if random.random() < 0.95:
            await self._ask(organiser, "publish", activity_id)
        rush = random.random() < 0.3
        guests = _some(random, crowd.world.campus.of(Role.STUDENT), random.randint(2, 10))
        for guest in guests:
            crowd.world.spawn(self._attend(organiser, guest, activity_id, begins, lasts, rush=rush))
        if random.random() < 0.3:
            crowd.world.spawn(self._take_out(organiser, guests, activity_id, begins))
        if random.random() < 0.12:
            await asyncio.sleep(random.uniform(0, max(1.0, begins - loop.time())))
            await self._ask(organiser, "cancel_activity", activity_id)
            return
        await asyncio.sleep(max(0.0, begins + lasts - loop.time()) + random.uniform(-1200, 7200))
        if random.random() < 0.7:
            others = crowd.world.campus.of(Role.DESK, Role.SECRETARY)
            await self._ask(
                random.choice(others) if organiser.departed else organiser, "complete_activity", activity_id
            )

    async def _take_out(self, organiser: Human, guests: list[Human], activity_id: str, begins: float) -> None:
        """Let the organiser take one or two guests out, whether they sit, wait or never signed up."""
        random = self._crowd.random
        await asyncio.sleep(random.uniform(0, max(1.0, begins - self._crowd.world.loop.time())))
        for guest in _some(random, guests, random.randint(1, 2)):
            await self._ask(organiser, "remove", activity_id, guest.id)

    async def _attend(
        self, organiser: Human, guest: Human, activity_id: str, begins: float, lasts: float, *, rush: bool
    ) -> None:
        random, loop = self._crowd.random, self._crowd.world.loop
        await asyncio.sleep(random.uniform(0, 0.05 if rush else max(1.0, begins - loop.time())))
        await self._ask(guest, "sign_up", activity_id)
        if random.random() < 0.2:
            await asyncio.sleep(random.uniform(0, max(1.0, begins - loop.time())))
            await self._ask(guest, "release", activity_id)
            if random.random() < 0.6:
                return
        if random.random() < 0.15:
            return
        await asyncio.sleep(max(0.0, begins - loop.time()) + random.uniform(-45 * _MINUTE, lasts + 20 * _MINUTE))
        for _ in range(3):
            shown = await self._ask(organiser, "show_code", activity_id)
            if shown is None:
                continue
            await asyncio.sleep(random.uniform(1.0, 75.0))
            if await self._ask(guest, "attend", activity_id, shown.code) is not None:
                if random.random() < 0.1:
                    await self._ask(guest, "attend", activity_id, shown.code)
                return

    async def _ask(self, human: Human, what: str, activity_id: str, said: str = "") -> Any:
        """Ask until answered; None when refused."""
        crowd = self._crowd
        deed = _deed(human, what, activity_id, said, crowd.world.marks.words("reason"))
        while True:
            try:
                if await self._may(human, what, activity_id) or crowd.random.random() < 0.15:
                    answer = await crowd.attempt(human.username, what, activity_id, "activities", deed)
                    return None if isinstance(answer, Refused) else answer
            except Unanswered:
                await asyncio.sleep(crowd.random.expovariate(1 / 40.0))
            else:
                return None

    async def _may(self, human: Human, what: str, activity_id: str) -> bool:
        """Tell whether the activity's page offers this now."""
        crowd = self._crowd

        async def deed(app: FastAPI) -> Any:
            call = programme.Call(activity_id, human.actor, app.state.parts[Programme], Response())
            return await programme.get_activity(call)

        view = await crowd.attempt(human.username, "look_at_activity", activity_id, "activities", deed)
        wanted = what.removesuffix("_activity")
        return not isinstance(view, Refused) and wanted in {command.value for command in view.may}

    async def leader_looks(self) -> None:
        """Let a leader look at a board, a figure, its records or the rows; or the administrator rebuild the rows."""
        crowd, random = self._crowd, self._crowd.random
        looks = ["board", "board", "figure", "records", "rows", "rows", "baseline", "recount"]
        rebuilds = random.random() < 0.3 / max(1.0, crowd.world.weather.days)
        what = "rebuild" if rebuilds else random.choice(looks)
        leader = random.choice(crowd.world.campus.of(Role.LEADER, Role.DESK, Role.COUNSELLOR))
        figure, side = random.choice(list(FigureId)).value, random.choice(list(Side)).value

        base = "/api/reporting"
        method, path = {
            "board": ("GET", f"{base}/boards/community"),
            "figure": ("GET", f"{base}/figures/{figure}"),
            "records": ("GET", f"{base}/figures/{figure}/records?side={side}"),
            "rows": ("GET", f"{base}/rows/requests?limit=500"),
            "recount": ("GET", f"{base}/boards/community/recount"),
            "rebuild": ("POST", f"{base}/rebuilds"),
            "baseline": ("POST", f"{base}/figures/{figure}/baseline"),
        }[what]
        who = ADMIN.id if method == "POST" else leader.id
        try:
            status, shown = await crowd.world.http("reporting", method, path, {"authorization": f"Bearer {who}"}, b"")
        except Unanswered:
            return
        if status >= 400:
            crowd.world.story.count(f"refused:{shown['code']}")
            return
        crowd.world.story.count(f"did:look_at_{what}")
        if what not in {"rebuild", "baseline", "recount"}:
            crowd.world.watch.shown(leader.actor, orjson.dumps(shown), what)
