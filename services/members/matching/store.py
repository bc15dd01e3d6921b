"""How matching looks at people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.members.matching.domain import Candidate
from services.members.people.domain.profile import Busy
from shared.contracts.members import Role
from shared.store.mongo import Collection

_FIELDS: Final = ("state.profile.place", "state.profile.skills", "state.profile.busy", "state.profile.reachable")


@dataclass(frozen=True, slots=True)
class MongoPool:
    """Reads candidates from the people's documents (implements `handlers.Pool`)."""

    people: Collection

    async def helpers(self) -> Sequence[Candidate]:
        """Return everybody who is a helper, has not left and is not disabled, without their load."""
        where = {"state.profile.roles": Role.HELPER.value, "state.departed_at": None, "state.disabled_at": None}
        rows = await self.people.find(where, fields=_FIELDS)
        return [_candidate(row["_id"], row["state"]["profile"]) for row in rows]

    async def homes(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return where these people live, as far as it is known."""
        rows = await self.people.find({"_id": {"$in": sorted(set(ids))}}, fields=("state.profile.place",))
        return {row["_id"]: row["state"]["profile"]["place"] for row in rows if row["state"]["profile"]["place"]}


def _candidate(person_id: str, profile: Mapping[str, Any]) -> Candidate:
    return Candidate(
        id=person_id,
        place=profile["place"],
        skills=tuple(profile["skills"]),
        busy=tuple(Busy(slot["day"], slot["starts"], slot["ends"]) for slot in profile["busy"]),
        reachable=profile["reachable"],
        departed=False,
        load=0,
    )
