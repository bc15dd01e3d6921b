"""Who has to do with whom: recounted from requests and activities, and people who ask for names."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI

from services.members.acquaintance import api as names_api
from services.members.acquaintance.handlers import Acquaintance
from shared.contracts.members import Role
from tests.simulation.campus import Human
from tests.simulation.story import Refused, Unanswered

if TYPE_CHECKING:
    from tests.simulation.people import Crowd

Row = Mapping[str, Any]

_HOLDING: Final = frozenset({"offered", "accepted", "started", "done", "verified"})
_FOUND_BY: Final = frozenset({"leg.offered", "leg.assigned", "leg.claimed"})
_SERVICE: Final = frozenset({"requests", "clock", "members"})
_KNOWN_TO_ALL: Final = frozenset(Role) - {Role.STUDENT, Role.HELPER}


def acquaintance_differences(
    requests: Sequence[Row], activities: Sequence[Row], cases: Sequence[Row], gatherings: Sequence[Row]
) -> Iterator[tuple[str, str]]:
    """Yield (what about, the difference) wherever `members` does not know who has to do with whom."""
    pairs = {row["_id"]: set(row["found"]["by"]) for row in (*cases, *gatherings)}
    for row in requests:
        found = pairs.get(row["_id"], set())
        must, may = _concerned(row["state"])
        told = {key for key in found if key[0] not in "@%" and not key.startswith("sealed>")}
        for one, other in permutations(sorted(must), 2):
            if f"{one}>{other}" not in told:
                yield row["_id"], f"{one} may not know {other}"
        for key in sorted(told):
            if not set(key.split(">")) <= must | may:
                yield row["_id"], f"{key} have nothing to do with each other"
        desks = {key.partition(">")[0] for key in found - told}
        if ("sealed" in desks) != (row["state"]["visibility"] == "sealed") or ("sealed" in desks and len(desks) > 1):
            yield row["_id"], f"{sorted(desks)} see a request that is {row['state']['visibility']}"
    for row in activities:
        if pairs.get(row["_id"], set()) != set(_of_activity(row["state"])):
            yield row["_id"], f"{sorted(pairs.get(row['_id'], set()) ^ set(_of_activity(row['state'])))}"


def _concerned(state: Row) -> tuple[set[str], set[str]]:
    """Return who has part in a request, and who besides may have acted on it."""
    asked = {entry["params"]["helper"] for entry in state["timeline"] if entry["code"] in _FOUND_BY}
    served = {entry["actor"] for entry in state["timeline"] if entry["code"] == "leg.done"}
    holding = {leg["helper_id"] for leg in state["legs"] if leg["helper_id"] and leg["state"] in _HOLDING}
    acted = {entry["actor"] for entry in state["timeline"]} - asked - _SERVICE
    return {state["requester_id"], state["filed_by_id"]} | served | holding, acted


def _of_activity(state: Row) -> Iterator[str]:
    organiser = state["organiser_id"]
    here = [seat["person_id"] for seat in (*state["seats"]["taken"], *state["seats"]["waiting"])]
    if state["published_by"] is not None:
        yield f"host>{organiser}"
    for person in here:
        yield f"{organiser}>{person}"
        yield f"{person}>{organiser}"
        if state["stage"] not in {"completed", "cancelled"}:
            yield f"seat>{person}"


class Curious:
    """Those who ask for everybody's name."""

    def __init__(self, crowd: "Crowd") -> None:
        """Ask among this crowd."""
        self._crowd = crowd

    async def somebody_asks(self) -> None:
        """Let somebody ask for the names of all; a student is told of nobody whom they never had to do with."""
        crowd, world = self._crowd, self._crowd.world
        human = crowd.random.choice(world.campus.humans)
        ids = ",".join(sorted(one.id for one in world.campus.humans)[:200])

        async def deed(app: FastAPI) -> Any:
            return await names_api.get_names(app.state.parts[Acquaintance], human.actor, ids)

        try:
            answer = await crowd.attempt(human.username, "look_at_names", human.id, "members", deed)
        except Unanswered:
            return
        if isinstance(answer, Refused) or not _KNOWN_TO_ALL.isdisjoint(human.profile.roles):
            return
        strangers = set(answer.names) - self._ever_met(human)
        if strangers:
            world.story.violate("strangers stay nameless", human.id, str(sorted(strangers)))

    def _ever_met(self, human: Human) -> set[str]:
        watch = self._crowd.world.watch
        met = {human.id}
        for row in watch.requests():
            must, may = _concerned(row["state"])
            asked = {entry["params"].get("helper") for entry in row["state"]["timeline"]}
            everybody = must | may | {one for one in asked if one is not None}
            met |= everybody if human.id in everybody else set()
        met |= {row["state"]["organiser_id"] for row in watch.rows("activities", "activities")}
        areas = [area for row in watch.rows("members", "duty") for area in row["state"]["areas"]]
        home = human.profile.place or ""
        return met | {area["owner_id"] for area in areas if any(home.startswith(place) for place in area["places"])}
