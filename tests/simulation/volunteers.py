"""Volunteers look at the wall and claim what they find there, at once or long after they looked."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI

from services.requests.casework.handlers.casework import Casework
from services.requests.wall import api as wall
from services.requests.wall.domain import Column
from services.requests.wall.queries import WallItem
from shared.contracts.members import Role
from shared.store.document import Terms
from tests.simulation.campus import Human
from tests.simulation.commands import Given, ways_of
from tests.simulation.story import Refused, Unanswered

if TYPE_CHECKING:
    from tests.simulation.people import Crowd

_CLAIM: Final = ways_of("requests")["claim"]


class Volunteers:
    """Those who help without being asked."""

    def __init__(self, crowd: "Crowd") -> None:
        """Act among this crowd."""
        self._crowd = crowd

    async def somebody_looks(self) -> None:
        """Let a helper look at a column of the wall, and perhaps claim something of it; another sees it too."""
        crowd, random = self._crowd, self._crowd.random
        helpers = crowd.world.campus.of(Role.HELPER)
        if not helpers:
            return
        human = random.choice(helpers)
        column = random.choice([Column.WAITING, Column.WAITING, Column.WAITING, *Column])
        filters = wall.WallFilters(column=column, limit=8)

        async def deed(app: FastAPI) -> Any:
            work, rows = app.state.parts[Casework], app.state.runtime.collection("requests")
            return await wall.get_wall(human.actor, work, rows, filters)

        try:
            page = await crowd.world.ask("requests", deed)
        except Unanswered:
            return
        crowd.world.story.count("did:look_at_wall")
        self._check(human, page)
        claimable = [item for item in page.items if item.leg_id is not None]
        if claimable and random.random() < 0.7:
            item = random.choice(claimable)
            hasty = [human, *random.sample(helpers, k=random.choice([0, 0, 1]))]
            for one in hasty:
                crowd.world.spawn(self._claim(one, item))

    async def _claim(self, human: Human, item: WallItem) -> None:
        crowd, random = self._crowd, self._crowd.random
        await asyncio.sleep(random.choice([0.0, 5.0, random.expovariate(1 / 3600.0)]))
        leg_id = item.leg_id or ""

        given = Given(human.actor, {"request_id": item.id, "leg_id": leg_id}, Terms())

        def deed(app: FastAPI) -> Any:
            return _CLAIM.call(app, given, None)

        for _ in range(random.choice([1, 1, 1, 2])):
            try:
                answer = await crowd.attempt(human.username, "claim", f"{item.id} {leg_id}", "requests", deed)
            except Unanswered:
                continue
            if not isinstance(answer, Refused):
                crowd.world.watch.causes.answered(human.id, "claim", item.id, "claim")
                crowd.check_acceptance(human, leg_id, answer)

    def _check(self, human: Human, page: wall.WallView) -> None:
        """The wall shows nothing sealed, and names nobody."""
        crowd = self._crowd
        raw = page.model_dump_json().encode()
        crowd.world.watch.shown(human.actor, raw, "wall", by_requests=True)
        named = [one for one in crowd.humans if one.encode() in raw]
        if named:
            crowd.world.story.violate("the wall names nobody", human.id, str(named))
