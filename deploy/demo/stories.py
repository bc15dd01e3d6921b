"""One real request's story: simulated people take it through the whole loop, looking only at what the services show."""

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from deploy.demo.mapping import Filing
from deploy.demo.people import Json, Refused, Someone, Town, when_known

ENDED: Final = frozenset({"closed_confirmed", "closed_unconfirmed", "cancelled", "rejected", "merged", "unresolvable"})
_LOOK_FIRST: Final = 0.05
_WAIT_ON: Final = frozenset(
    {
        "request.wrong_stage",
        "leg.wrong_state",
        "leg.offer_stale",
        "leg.offer_expired",
        "leg.helper_excluded",
        "http.stale_version",
        "auth.not_yours",
    }
)
"""Refusals that only tell that somebody else was faster, or that a room-mate shall not help: look again."""
_ON_WALL: Final = frozenset({"wish", "study"})
COMMENTS: Final = (
    "来得很快，谢谢！",
    "修好了。",
    "学长讲得很清楚。",
    "态度很好，还提醒了注意事项。",
    "有点慢，但解决了。",
)


@dataclass(frozen=True, slots=True)
class Temper:
    """How people behave: shares of the stories, and seconds of a deed's `pause` (mean) and between two looks (most)."""

    cancels: float = 0.04
    declines: float = 0.12
    claims: float = 0.3
    unsolved: float = 0.06
    silent: float = 0.0
    regrets: float = 0.02
    pause: float = 0.0
    look: float = 1.0


@dataclass(slots=True)
class Ending:
    """How a story went: `stage` is None when the patience ran out before anything ended it."""

    request_id: str
    requester: str
    stage: str | None
    view: Json
    closings_confirmed: int = 0
    filed_seconds: float = 0.0


@dataclass(slots=True)
class Cast:
    """Who plays: the usernames of everybody by id, the staff, and who claims wishes on the wall."""

    town: Town
    usernames: Mapping[str, str]
    desk: Someone
    counsellor: Someone
    volunteers: Sequence[str] = ()
    refused: dict[str, int] = field(default_factory=dict)
    """Refusals met on the way, by code."""


def chance(*parts: object) -> float:
    """Return a number in [0, 1), always the same one for the same parts."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


class Story:
    """A request from its filing to its end."""

    def __init__(self, cast: Cast, filing: Filing, temper: Temper, run: str) -> None:
        """Tell the story of this filing; `run` makes its idempotency key differ from those of other runs."""
        self._cast = cast
        self._filing = filing
        self._temper = temper
        self._key = f"{run}-{filing.key}"
        self._requester = cast.town.someone(filing.requester)
        self._unsolved = 0
        self._regretted = False
        self._declined: set[str] = set()
        self._claimed: set[str] = set()

    async def file(self) -> Ending:
        """File the request (once, however often nobody answers) and return the beginning of its story."""
        filing = self._filing
        body: Json = {
            "category": filing.category,
            "title": filing.title,
            "text": filing.text,
            "place": filing.place,
            "urgent": filing.urgent,
            "channel": filing.channel,
        }
        filer = self._requester
        if filing.by_desk:
            filer = self._cast.desk
            body["requester_id"] = await self._requester.id()
        view = await when_known(lambda: filer.post("/api/requests", body, key=self._key))
        return Ending(view["id"], filing.requester, None, view)

    async def live(self, ending: Ending, patience: float) -> Ending:
        """Go on until the request ends, or until nothing ended it for `patience` seconds."""
        until = time.monotonic() + patience
        look = _LOOK_FIRST
        while time.monotonic() < until:
            view = await self._requester.get(f"/api/requests/{ending.request_id}")
            ending.view = view
            if view["stage"] in ENDED and not self._regrets(view):
                ending.stage = view["stage"]
                return ending
            if await self._act(view):
                look = _LOOK_FIRST
                continue
            if self._stays_silent(view):
                return ending
            await asyncio.sleep(look)
            look = min(self._temper.look, look * 1.5)
        return ending

    def _stays_silent(self, view: Json) -> bool:
        return view["stage"] == "resolved" and chance(self._key, "silent") < self._temper.silent

    def _regrets(self, view: Json) -> bool:
        """Tell whether the requester finds, once, that it was not solved after all."""
        closed = view["stage"] == "closed_confirmed"
        return closed and not self._regretted and chance(self._key, "regrets") < self._temper.regrets

    async def _act(self, view: Json) -> bool:
        """Do the next thing that the view asks of somebody; tell whether something was done."""
        base = f"/api/requests/{view['id']}"
        deed = self._requesters_deed(view) or await self._volunteers_deed(view)
        deed = deed or self._helpers_deed(view) or await self._desks_deed(view)
        if deed is None:
            return False
        actor, path, body = deed
        await asyncio.sleep(self._temper.pause * 2 * chance(self._key, view["version"]))
        try:
            await actor.post(f"{base}{path}", body)
        except Refused as refused:
            self._cast.refused[refused.code] = self._cast.refused.get(refused.code, 0) + 1
            if refused.code not in _WAIT_ON:
                raise
            return False
        return True

    def _requesters_deed(self, view: Json) -> "Deed | None":
        if self._regrets(view):
            self._regretted = True
            return self._requester, "/reopening", {"reason": "过了一天又不行了"}
        if view["stage"] == "resolved":
            if self._stays_silent(view):
                return None
            if self._unsolved == 0 and chance(self._key, "unsolved") < self._temper.unsolved:
                self._unsolved += 1
                return self._requester, "/confirmation", {"solved": False, "comment": "还是不行，请再看看。"}
            stars = 5 - int(chance(self._key, "stars") ** 2 * 4)
            body: Json = {"solved": True, "stars": stars}
            if chance(self._key, "comment") < 0.4:  # noqa: PLR2004 - two in five write something
                body["comment"] = COMMENTS[int(chance(self._key, "which") * len(COMMENTS))]
            return self._requester, "/confirmation", body
        cancels = chance(self._key, "cancels") < self._temper.cancels
        if cancels and view["stage"] in {"triaged", "matching", "assigned"}:
            return self._requester, "/cancellation", {"reason": "已经自己解决了"}
        return None

    async def _volunteers_deed(self, view: Json) -> "Deed | None":
        """Somebody who reads the wall claims, once, what was offered to another who has not answered yet."""
        names = self._cast.volunteers
        for leg in view["legs"] if names and view["kind"] in _ON_WALL else ():
            wants = chance(self._key, leg["id"], "claims") < self._temper.claims
            if leg["state"] != "offered" or not wants or leg["id"] in self._claimed:
                continue
            self._claimed.add(leg["id"])
            volunteer = self._cast.town.someone(names[int(chance(self._key, "volunteer") * len(names))])
            wall = await volunteer.get("/api/requests/wall", limit=100)
            if any(row["id"] == view["id"] and row["leg_id"] == leg["id"] for row in wall["items"]):
                return volunteer, f"/legs/{leg['id']}/claim", {}
        return None

    def _helpers_deed(self, view: Json) -> "Deed | None":
        for leg in view["legs"]:
            name = self._cast.usernames.get(str(leg.get("helper_id")))
            if leg["kind"] != "helper" or name is None:
                continue
            path = f"/legs/{leg['id']}"
            helper = self._cast.town.someone(name)
            if leg["state"] == "offered":
                said = f"{leg['id']}{leg['round']}"
                if said not in self._declined and chance(self._key, said) < self._temper.declines:
                    self._declined.add(said)
                    return helper, f"{path}/decline", {"reason": "这会儿有课"}
                return helper, f"{path}/acceptance", {}
            if leg["state"] == "accepted":
                return helper, f"{path}/start", {}
            if leg["state"] == "started":
                return helper, f"{path}/completion", {"note": "已处理"}
        return None

    async def _desks_deed(self, view: Json) -> "Deed | None":
        """A coordinator steps in where nobody was found, where nobody sorted the request, and where it is sealed."""
        handler = self._cast.counsellor if view["visibility"] == "sealed" else self._cast.desk
        live = [leg for leg in view["legs"] if leg["state"] not in {"dropped", "send_failed"}]
        if view["stage"] in {"submitted", "triaged"} and not live:
            return handler, "/legs", {"kind": "helper"}
        if "coordinator" not in view["needs"]:
            return None
        for leg in live:
            if leg["state"] == "open":
                helper = await self._candidate(handler, view, leg)
                if helper is not None:
                    return handler, f"/legs/{leg['id']}/assignment", {"helper_id": helper}
        return None

    async def _candidate(self, handler: Someone, view: Json, leg: Json) -> str | None:
        asked: dict[str, str | int] = {"place": view["place"]}
        if leg.get("skill"):
            asked["skill"] = leg["skill"]
        found = (await handler.get("/api/members/helpers", **asked))["items"]
        others = [row for row in found if _id_of(row) != view["requester_id"]]
        return _id_of(others[int(chance(self._key, leg["id"]) * min(5, len(others)))]) if others else None


Deed = tuple[Someone, str, Json]


def _id_of(row: Mapping[str, Any]) -> str:
    return str(row.get("helper_id") or row.get("id"))
