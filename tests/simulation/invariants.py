"""What must hold in every simulated world: after each write, every simulated hour, and when everything is at rest.

Each rule has a name that a violation begins with. A rule never reads through the services' own code what it can count
by itself from the documents and the stream.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

from services.reporting.boards.handlers import LiveBoard
from services.requests.casework.domain.lifecycle import ARROWS, LEG_ARROWS, LEG_STAGE
from shared.auth.actor import Actor
from shared.contracts.catalog import BY_TYPE
from shared.contracts.members import Role
from shared.contracts.stages import ENDED, LegState, Stage
from tests.simulation.acquainted import acquaintance_differences
from tests.simulation.board import board_differences
from tests.simulation.campus import MARK
from tests.simulation.causes import Causes
from tests.simulation.machine import current_process
from tests.simulation.points import points_differences

if TYPE_CHECKING:
    from tests.simulation.world import World

Row = Mapping[str, Any]

AGGREGATES: Final[Mapping[str, Sequence[str]]] = {
    "members": ("places", "units", "duty", "people", "accounts", "proposals", "points"),
    "requests": ("requests",),
    "activities": ("activities", "calendars"),
    "reporting": ("generations",),
}
_COLLECTIONS: Final = frozenset((service, name) for service, names in AGGREGATES.items() for name in names)
_ACTIVITY_ARROWS: Final[Mapping[str, frozenset[str]]] = {
    "planned": frozenset({"published", "cancelled"}),
    "published": frozenset({"completed", "cancelled"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}
_OPEN_LEG: Final = frozenset({"offered", "accepted", "started"})
_TAKEN_LEG: Final = frozenset({"accepted", "started", "done", "verified"})
_AWAITED: Final = frozenset({"queued", "sent", "token_wait", "acked", "remote_open", "remote_stale"})
_OFFERED_IN_VAIN: Final = frozenset(
    {"request.wrong_stage", "leg.wrong_state", "leg.unknown", "leg.offer_expired", "auth.not_yours"}
)
_RELEASED: Final = "requests.leg.released.v1"
_OUT_OF_STEP: Final = 150.0
_TIMED: Final = frozenset(
    {
        "requests.leg.offered.v1",
        "requests.leg.expired.v1",
        "requests.request.resolved.v1",
        "requests.request.closed.v1",
    }
)
_SEALING: Final = 3600.0


def _within(arrows: Mapping[Any, Iterable[Any]], steps: int) -> dict[Any, set[Any]]:
    """Return where one may get in at most so many steps, staying included."""
    reach = {one: {one} for one in arrows}
    for _ in range(steps):
        reach = {one: found | {far for near in found for far in arrows.get(near, ())} for one, found in reach.items()}
    return reach


def _leg_steps() -> dict[LegState, set[LegState]]:
    steps: dict[LegState, set[LegState]] = {state: set() for state in LegState}
    for arrows in LEG_ARROWS.values():
        for before, after in arrows.items():
            steps[before].add(after)
    return steps


_STAGE_REACH: Final = _within(ARROWS, 3)
_LEG_REACH: Final = _within(_leg_steps(), 3)
"""One commit may take several arrows: reopening goes to TRIAGED and on to MATCHING, news of an unknown number
acknowledges and closes, a desk person who assigns to themself offers and accepts."""


@dataclass(slots=True)
class Told:
    """A fact that was committed: where it came from, its version and its bytes."""

    source: str
    subject: str
    version: int
    kind: str
    raw: bytes
    at: float


class Watch:
    """Looks at everything, all along."""

    def __init__(self, world: "World") -> None:
        """Watch this world."""
        self._world = world
        self._told: dict[str, Told] = {}
        self._last: dict[tuple[str, str], int] = {}
        self._seen = 0
        self._streamed: dict[str, bytes] = {}
        self._paths: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        self._sealed: dict[str, float] = {}
        self._orders = 0
        self._writes = 0
        self._versions: dict[str, int] = {}
        self._acknowledged: dict[str, int] = {}
        self.causes = Causes(self._violate)

    # -- after each write ----------------------------------------------------------------------------------------------

    def on_write(self, service: str, collection: str, before: Row | None, after: Row | None) -> None:
        """Look at one document as it was and as it is; called within the write itself."""
        if (service, collection) not in _COLLECTIONS:
            return
        if after is None:
            self._violate("aggregates are never deleted", before["_id"] if before else "?", collection)
            return
        self._writes += 1
        if before is not None and before["version"] == after["version"]:
            self._only_cleared(before, after)
            return
        fresh = self._new_facts(service, before, after)
        self.causes.wrote(told.raw for told in fresh)
        self._heard_once(after)
        process = current_process()
        who = process.name if process is not None else "?"
        facts = " ".join(told.kind for told in fresh)
        old = 0 if before is None else before["version"]
        self._world.story.tell(who, f"writes v{old}>v{after['version']}", after["_id"], facts)
        self._versions[after["_id"]] = after["version"]
        if collection == "activities":
            self._activity_moved(before, after)
        if collection == "requests":
            self._request_moved(before, after, fresh)
            self._world.crowd.noticed(after, fresh=before is None)

    def _only_cleared(self, before: Row, after: Row) -> None:
        """Without a new version only the outbox may shrink, and what was not known yet be filled in: whose units."""
        kept = {entry["id"] for entry in before["outbox"]}
        known = before["state"]
        if "units" in known and known["units"] is None:
            known = {**known, "units": after["state"]["units"]}
        if known != after["state"] or not {entry["id"] for entry in after["outbox"]} <= kept:
            self._violate("a change is a version", after["_id"], f"v{after['version']} changed without a new version")
        for entry in before["outbox"]:
            if entry["id"] not in {one["id"] for one in after["outbox"]}:
                self._world.story.count("outbox:cleared")
                if entry["id"] not in self._streamed:
                    self._read_stream()
                if entry["id"] not in self._streamed:
                    self._violate("cleared after the stream has it", after["_id"], entry["id"])

    def _new_facts(self, service: str, before: Row | None, after: Row) -> list[Told]:
        """Versions rise, each fact has its own within the rise, one event id stands for one content."""
        old = 0 if before is None else before["version"]
        known = set() if before is None else {entry["id"] for entry in before["outbox"]}
        fresh = [entry for entry in after["outbox"] if entry["id"] not in known]
        if after["version"] != old + max(1, len(fresh)):
            self._violate(
                "versions rise by one a fact", after["_id"], f"v{old} to v{after['version']}, {len(fresh)} facts"
            )
        facts: list[Told] = []
        for version, entry in enumerate(fresh, start=old + 1):
            raw = bytes(entry["raw"])
            body = orjson.loads(raw)
            told = Told(body["source"], body["subject"], body["aggregateversion"], body["type"], raw, self._now())
            if (told.version, told.subject, told.source) != (version, after["_id"], f"/yizhan/{service}"):
                self._violate(
                    "versions rise by one a fact", after["_id"], f"{told.kind} has v{told.version}, not v{version}"
                )
            if entry["id"] in self._told and self._told[entry["id"]].raw != raw:
                self._violate("one event id, one content", after["_id"], entry["id"])
            if MARK.encode() in raw:
                self._violate("facts carry no free text", after["_id"], told.kind)
            self._told[entry["id"]] = told
            facts.append(told)
        return facts

    def _heard_once(self, after: Row) -> None:
        """The same cause changes a document once: its mark is there once."""
        heard = after["heard"]
        if len(heard) > 1 and heard[-1] in heard[:-1]:
            self._violate("a cause changes a document once", after["_id"], str(heard[-1]))

    def _request_moved(self, before: Row | None, after: Row, fresh: Sequence[Told]) -> None:
        new, old = after["state"], None if before is None else before["state"]
        request_id = after["_id"]
        stage, was = Stage(new["stage"]), Stage.SUBMITTED if old is None else Stage(old["stage"])
        if stage not in _STAGE_REACH[was]:
            self._violate("stage paths are legal", request_id, f"{was} to {stage}")
        was_in = {} if old is None else {leg["id"]: leg for leg in old["legs"]}
        for leg in new["legs"]:
            earlier = was_in.get(leg["id"])
            first = LegState.QUEUED if leg["kind"] == "outside" else LegState.OPEN
            begun = first if earlier is None else LegState(earlier["state"])
            if LegState(leg["state"]) not in _LEG_REACH[begun]:
                self._violate("leg paths are legal", f"{request_id} {leg['id']}", f"{begun} to {leg['state']}")
            taken = earlier is not None and {earlier["state"], leg["state"]} <= _TAKEN_LEG
            freed = any(told.kind == _RELEASED and leg["id"].encode() in told.raw for told in fresh)
            if earlier is not None and taken and not freed and earlier["helper_id"] != leg["helper_id"]:
                self._violate("one helper a leg", f"{request_id} {leg['id']}", "the helper was changed under way")
        if was_in.keys() - {leg["id"] for leg in new["legs"]}:
            self._violate("legs are never forgotten", request_id, str(was_in.keys()))
        if new["visibility"] == "sealed":
            self._sealed.setdefault(request_id, self._now())
        elif request_id in self._sealed:
            self._violate("visibility only rises", request_id, new["visibility"])

    def _activity_moved(self, before: Row | None, after: Row) -> None:
        """An activity goes its way, and nobody sits twice, on a seat that is not there, or waits beside a free one."""
        new, activity_id = after["state"], after["_id"]
        was = "planned" if before is None else before["state"]["stage"]
        if new["stage"] != was and new["stage"] not in _ACTIVITY_ARROWS[was]:
            self._violate("stage paths are legal", activity_id, f"{was} to {new['stage']}")
        taken = [seat["person_id"] for seat in new["seats"]["taken"]]
        waiting = [wait["person_id"] for wait in new["seats"]["waiting"]]
        if len({*taken, *waiting}) != len(taken) + len(waiting):
            self._violate("one seat a person", activity_id, f"{taken} sit, {waiting} wait")
        if len(taken) > new["plan"]["capacity"] or (waiting and len(taken) < new["plan"]["capacity"]):
            self._violate("seats are as many as planned", activity_id, f"{len(taken)} sit, {len(waiting)} wait")
        if new["stage"] == "published" and was != "published":
            self._place_is_free(activity_id, new["plan"])

    def _place_is_free(self, activity_id: str, plan: Row) -> None:
        """What is published has its place for itself, and the place holds as many as were promised a seat."""
        for row in self.rows("activities", "activities"):
            other = row["state"]["plan"]
            if row["_id"] == activity_id or row["state"]["stage"] != "published" or other["place"] != plan["place"]:
                continue
            if other["starts_at"] < plan["ends_at"] and plan["starts_at"] < other["ends_at"]:
                self._violate("one activity a place", f"{activity_id} {row['_id']}", f"both have {plan['place']}")
        seats = dict(self._world.campus.venues)[plan["place"]]
        if plan["capacity"] > seats:
            self._violate("seats are as many as the place has", activity_id, f"{plan['capacity']} of {seats}")

    def acknowledged(self, view: object) -> None:
        """Remember the version that somebody was shown as the outcome of what they did."""
        shown, version = getattr(view, "id", None), getattr(view, "version", None)
        if isinstance(shown, str) and isinstance(version, int):
            if version > self._versions.get(shown, 0):
                self._violate("what is acknowledged was written", shown, f"v{version} was shown, never written")
            self._acknowledged[shown] = max(version, self._acknowledged.get(shown, 0))

    # -- every hour ----------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look at what has happened since the last look."""
        self._read_stream()
        self._look_at_filings()
        self._look_at_orders()

    def _read_stream(self) -> None:
        """The stream holds what was committed, each fact with the same bytes, and no free text."""
        events = self._world.stream.events
        for stored in itertools.islice(events, self._seen, None):
            told = self._told.get(stored.message_id)
            if told is None:
                self._violate("the stream tells what was committed", stored.message_id, stored.subject)
                continue
            if told.raw != stored.data:
                self._violate("one event id, one content", told.subject, stored.message_id)
            if self._streamed.setdefault(stored.message_id, stored.data) != stored.data:
                self._violate("one event id, one content", told.subject, stored.message_id)
        self._seen = len(events)

    def _look_at_filings(self) -> None:
        """What was acknowledged is there, with what was filed."""
        kept = {row["_id"]: row["state"] for row in self.requests()}
        for request_id, filed in self._world.crowd.filed.items():
            state = kept.get(request_id)
            if state is None:
                self._violate("no acknowledged filing is lost", request_id, f"filed by {filed.by}: {filed.title}")
            elif (state["title"], state["text"]) != (filed.title, filed.text):
                self._violate("no acknowledged filing is lost", request_id, "kept with other words")

    def _look_at_orders(self) -> None:
        """No outside order tells of a request that was sealed when it was taken.

        Sealing and sending may cross: what was read before the sealing and arrives within a minute was on its way.
        """
        orders = list(self._world.repairs.orders.values())
        by_leg = {leg["id"]: row["_id"] for row in self.requests() for leg in row["state"]["legs"]}
        for order in orders[self._orders :]:
            request_id = by_leg.get(order.external_id)
            sealed_at = self._sealed.get(request_id or "")
            taken_at = (order.taken_at - self._world.began).total_seconds()
            if request_id is None:
                self._violate("every order has its leg", order.external_id, order.description)
            elif sealed_at is not None and sealed_at + 60.0 < taken_at:
                self._violate("nothing sealed goes outside", f"{request_id} {order.external_id}", order.description)
        self._orders = len(orders)

    def look_at_outside_legs(self) -> None:
        """Every leg has gone out, and the end of its order was heard or asked for; called a day after faults ended.

        A request that was reopened in that day may have a leg that is younger, or an order that was just closed.
        """
        now, half_a_day = self._world.now(), timedelta(hours=12)
        for row in self.requests():
            for leg in row["state"]["legs"]:
                self._look_at_withdrawal(row, leg, now - half_a_day)
                if Stage(row["state"]["stage"]) in ENDED or leg["state"] not in _AWAITED:
                    continue
                order = self._world.repairs.orders.get(leg["id"])
                since = leg["opened_at"] if order is None else order.closed_at
                if since is not None and now - since > half_a_day:
                    known = "never took it" if order is None else "has closed it"
                    found = f"the leg is {leg['state']}, the outside system {known}"
                    self._violate("what is over outside is heard", f"{row['_id']} {leg['id']}", found)

    def _look_at_withdrawal(self, row: Row, leg: Row, before: datetime) -> None:
        """What is withdrawn here is withdrawn outside, or shown to the desk until somebody has settled it."""
        state, order = row["state"], self._world.repairs.orders.get(leg["id"])
        name, withdrawal = "what is withdrawn here is withdrawn outside", leg.get("withdrawal")
        ended = Stage(state["stage"]) in ENDED and state["closed_at"] is not None and state["closed_at"] < before
        if withdrawal == "pending" and ended:
            self._violate(name, f"{row['_id']} {leg['id']}", "the outside system was never told")
        if withdrawal == "told" and order is not None and order.status == "open":
            self._violate(name, f"{row['_id']} {leg['id']}", "it counts as told, and the order is open")
        if (withdrawal in {"by_hand", "pending"}) > ("still_open_outside" in state["needs"]):
            self._violate(name, f"{row['_id']} {leg['id']}", "the desk is not shown it")

    def refused(self, view: Any, code: str, leg_id: str | None) -> None:
        """What was offered as possible is possible, as long as nobody changed anything.

        An offer runs out by itself, and the clocks of two replicas may be two minutes apart.
        """
        row = next((one for one in self.requests() if one["_id"] == view.id), None)
        if row is None or row["version"] != view.version or code not in _OFFERED_IN_VAIN:
            return
        leg = next((one for one in row["state"]["legs"] if one["id"] == leg_id), None)
        if code == "leg.offer_expired" and leg is not None:
            since = (self._world.now() - leg["offer_expires_at"]).total_seconds()
            if since < _OUT_OF_STEP:
                return
        self._violate("may tells the truth", f"{view.id} {leg_id or ''}", f"{code} in the version that was shown")

    def shown(self, reader: Actor, raw: bytes, what: str, *, by_requests: bool = False) -> None:
        """Look at what somebody was shown: no words in reporting, nothing sealed for those who are no readers.

        A request that was sealed later than it was filed may be shown until reporting has heard of it, which an outage
        may delay; so only those that were sealed at their filing are looked for in reporting.
        """
        if MARK.encode() in raw and not by_requests:
            self._violate("reporting shows no free text", what, reader.id)
        if Role.SEALED_READER in reader.roles:
            return
        for request_id, at in self._sealed.items():
            old = self._now() - at > _SEALING if by_requests else request_id in self._born_sealed()
            if old and request_id.encode() in raw:
                self._violate("nothing sealed is on a wall", request_id, f"{what} for {sorted(reader.roles)}")

    def within_scope(self, reader: Actor, items: Sequence[Any]) -> None:
        """Look at a queue that somebody was shown: nothing in it lies outside of what they work for."""
        if reader.has(Role.LEADER, Role.ADMIN):
            return
        parents = {unit_id: unit.parent for unit_id, unit in self._world.campus.units}
        people = {one.id: one.profile for one in self._world.campus.humans}
        for view in items:
            units: set[str | None] = set(people[view.requester_id].units) if view.requester_id in people else set()
            while not units >= (above := {parents.get(unit or "") for unit in units} - {None}):
                units |= above
            place = view.place.startswith(tuple(f"{outer}." for outer in reader.duty)) or view.place in reader.duty
            unit = reader.has(Role.SECRETARY, Role.COUNSELLOR) and not units.isdisjoint(reader.units)
            sealed = view.visibility == "sealed"
            if not (reader.has(Role.SEALED_READER) if sealed else place or unit):
                self._violate("staff see what they work for", view.id, f"{view.place} for {reader.id} of {reader.duty}")

    def _born_sealed(self) -> frozenset[str]:
        return frozenset(
            told.subject
            for told in self._told.values()
            if told.kind == "requests.request.filed.v1" and b'"visibility":"sealed"' in told.raw
        )

    # -- at rest -------------------------------------------------------------------------------------------------------

    def moving(self) -> bool:
        """Tell whether anything is still under way."""
        unsent = any(row["outbox"] for row in self._aggregates())
        building = any(row["state"]["building"] for row in self.rows("reporting", "generations"))
        return unsent or building or any(self._world.stream.unsettled().values()) or self._world.repairs.working() > 0

    async def at_rest(self) -> None:
        """Look at everything once nothing should move any more."""
        self.look()
        self._nothing_under_way()
        self._nothing_lost()
        self._all_was_told()
        self._legal_paths()
        self._no_early_clock()
        self._nothing_stuck()
        self._activities_at_rest()
        self._all_was_learnt()
        self._nobody_holds_what_they_cannot_serve()
        self._loads_are_open_legs()
        self.causes.at_rest()
        self._sealed_stays_inside()
        for about, found in points_differences(self.requests(), self.rows("activities", "activities"), self._sheets()):
            self._violate("points are what was earned", about, found)
        documents = (self.requests(), self.rows("activities", "activities"))
        known = (self.rows("members", "cases"), self.rows("members", "gatherings"))
        for about, found in acquaintance_differences(*documents, *known):
            self._violate("who has part in something knows the others", about, found)
        for replica in self._world.replicas:
            if replica.service == "reporting" and replica.ready:
                await self._board_agrees(replica)

    def _nothing_under_way(self) -> None:
        for row in self._aggregates():
            if row["outbox"]:
                self._violate("every outbox drains", row["_id"], f"{len(row['outbox'])} facts wait")
        for durable, left in self._world.stream.unsettled().items():
            if left:
                self._violate("everything is heard", durable, f"{left} events are not settled")
        for words in self._world.mongo.unsupported:
            self._violate("the simulated store knows every question", "store", words)
        for service in AGGREGATES:
            for parked in self.rows(service, "parked"):
                self._violate("nothing is parked", str(parked["_id"]), str(parked.get("reason")))

    def _nothing_lost(self) -> None:
        for row in self.rows("reporting", "generations"):
            if row["state"]["building"]:
                self._violate("a rebuild ends", row["_id"], str(row["state"]["building"]))
        for row in self._aggregates():
            if row["version"] < self._acknowledged.get(row["_id"], 0):
                self._violate("what is acknowledged stays", row["_id"], f"v{row['version']} is left")

    def _all_was_told(self) -> None:
        """Every fact that was ever committed is on the stream, and every sort of fact is known."""
        for event_id, told in self._told.items():
            if event_id not in self._streamed:
                self._violate("every fact is told", told.subject, f"{told.kind} v{told.version} is not on the stream")
            if told.kind not in BY_TYPE:
                self._violate("every fact is known", told.subject, told.kind)

    def _legal_paths(self) -> None:
        """The facts of each request, in the order of their versions, follow the tables of stages and legs."""
        stories: dict[str, list[Told]] = defaultdict(list)
        for told in self._told.values():
            if told.source == "/yizhan/requests":
                stories[told.subject].append(told)
        for request_id, story in stories.items():
            stage, legs = Stage.SUBMITTED, dict[str, LegState]()
            of_legs: dict[str, list[tuple[str, str]]] = defaultdict(list)
            for told in sorted(story, key=lambda one: one.version):
                data = orjson.loads(told.raw)["data"]
                after = Stage(data["stage"])
                if after not in _STAGE_REACH[stage]:
                    self._violate(
                        "stage paths are legal", request_id, f"{stage} to {after} by {told.kind} v{told.version}"
                    )
                stage = after
                if "leg_id" not in data:
                    continue
                leg, state = data["leg_id"], LegState(data["state"])
                if leg in legs and state not in _LEG_REACH[legs[leg]]:
                    self._violate(
                        "leg paths are legal", f"{request_id} {leg}", f"{legs[leg]} to {state} by {told.kind}"
                    )
                legs[leg] = state
                of_legs[leg].append((told.kind, data.get("helper_id") or ""))
            for leg, happened in of_legs.items():
                self._one_helper_at_a_time(f"{request_id} {leg}", happened, self._world.crowd.accepted.get(leg, set()))

    def _one_helper_at_a_time(self, about: str, happened: Sequence[tuple[str, str]], told_yes: set[str]) -> None:
        """Nobody takes a leg that another has, and whoever was told that it is theirs had it."""
        holder, holders = "", set[str]()
        for kind, helper in happened:
            if kind == _RELEASED:
                holder = ""
            elif kind == "requests.leg.accepted.v1":
                if holder not in {"", helper}:
                    self._violate("one helper a leg", about, f"{holder}, {helper}")
                holder = helper
                holders.add(helper)
        if told_yes - holders:
            self._violate("one helper a leg", about, f"{told_yes - holders} were told yes")

    def _no_early_clock(self) -> None:
        """No offer expires and nothing closes unconfirmed before its time, by the clock of the process that did it.

        Each leg's round is offered once, and each round of a leg is proposed for once.
        """
        offers: dict[tuple[str, int], datetime] = {}
        confirms: dict[str, datetime] = {}
        for told in sorted(self._told.values(), key=lambda one: (one.subject, one.version)):
            if told.kind not in _TIMED:
                continue
            body = orjson.loads(told.raw)
            data, at = body["data"], datetime.fromisoformat(body["time"])
            match told.kind:
                case "requests.leg.offered.v1":
                    key = (data["leg_id"], data["round"])
                    if key in offers:
                        self._violate("a round is offered once", f"{told.subject} {key[0]}", f"round {key[1]}")
                    offers[key] = datetime.fromisoformat(data["expires_at"])
                case "requests.leg.expired.v1":
                    due = offers.get((data["leg_id"], data["round"]))
                    if due is None or at < due:
                        self._violate("no clock rings early", f"{told.subject} {data['leg_id']}", f"{at}, due {due}")
                case "requests.request.resolved.v1":
                    confirms[told.subject] = datetime.fromisoformat(data["confirm_due_at"])
                case _:
                    due = confirms.get(told.subject)
                    if data["outcome"] == "unconfirmed" and (due is None or at < due):
                        self._violate("no clock rings early", told.subject, f"closed at {at}, due {due}")

    def _all_was_learnt(self) -> None:
        """What others learnt of places, people and requests is what their owners know."""
        people = {row["_id"]: row["state"] for row in self.rows("members", "people")}
        learnt = {row["_id"]: (row["departed"], row["place"], row["roles"]) for row in self.rows("requests", "people")}
        for person_id, state in people.items():
            gone = state["departed_at"] is not None
            known = (True, None, []) if gone else (False, state["profile"]["place"], sorted(state["profile"]["roles"]))
            if learnt.get(person_id) != known:
                self._violate("what is learnt is true", person_id, f"{learnt.get(person_id)}, in truth {known}")
        for service in ("requests", "activities"):
            places = {row["_id"] for row in self.rows(service, "venues" if service == "activities" else "places")}
            for row in self.rows("members", "places"):
                if row["_id"] not in places:
                    self._violate("what is learnt is true", row["_id"], f"{service} does not know it")
        self._activities_have_learnt(people)
        current = next(iter(self.rows("reporting", "generations")))["state"]["current"]
        rows = {row["_id"]: row for row in self.rows("reporting", "rows")}
        for request in self.requests():
            row = rows.get(f"{current}:request:{request['_id']}")
            shown = None if row is None else row["cells"]["stage"]["values"]["stage"]
            if shown != request["state"]["stage"]:
                self._violate("rows tell the truth", request["_id"], f"{shown}, in truth {request['state']['stage']}")

    def _activities_have_learnt(self, people: Mapping[str, Row]) -> None:
        """Activities know who has left, and which units there are."""
        known = {row["_id"]: row["left"] for row in self.rows("activities", "people")}
        for person_id, state in people.items():
            if known.get(person_id) is not (state["departed_at"] is not None):
                self._violate("what is learnt is true", person_id, f"activities say left: {known.get(person_id)}")
        units = {row["_id"] for row in self.rows("activities", "units")}
        for row in self.rows("members", "units"):
            if row["_id"] not in units:
                self._violate("what is learnt is true", row["_id"], "activities do not know the unit")

    def _nothing_stuck(self) -> None:
        """No clock is in the past, and whatever lives will be moved by somebody or something."""
        now = self._world.now()
        for row in self.requests():
            state, request_id = row["state"], row["_id"]
            due: datetime | None = state["due_at"]
            if due is not None and due <= now:
                self._violate("every clock rings or is cancelled", request_id, f"due at {due}, now {now}")
            if Stage(state["stage"]) in ENDED:
                continue
            for leg in state["legs"]:
                alone = leg["state"] == "open" and not leg["unmatched"]
                if alone or leg["state"] in {"queued", "token_wait", "sent"}:
                    self._violate("nothing is stuck", f"{request_id} {leg['id']}", f"a leg is {leg['state']} for ever")
            if due is None and not state["needs"] and state["stage"] != "on_hold":
                legs = [leg["state"] for leg in state["legs"]]
                self._violate("nothing is stuck", request_id, f"{state['stage']} with legs {legs} and no clock")

    def _nobody_holds_what_they_cannot_serve(self) -> None:
        """No leg waits for somebody who has left, or is no helper; the desk hears whose requester left."""
        people = {row["_id"]: row["state"] for row in self.rows("members", "people")}
        here = {person_id for person_id, state in people.items() if state["departed_at"] is None}
        helpers = {person_id for person_id in here if "helper" in people[person_id]["profile"]["roles"]}
        for row in self.requests():
            state, request_id = row["state"], row["_id"]
            for leg in state["legs"]:
                fit = here if leg["assigned"] else helpers
                if leg["state"] in _OPEN_LEG and leg["helper_id"] not in fit:
                    found = f"{leg['helper_id']} cannot serve what is {leg['state']}"
                    self._violate("nobody holds what they cannot serve", f"{request_id} {leg['id']}", found)
            if Stage(state["stage"]) not in ENDED and state["requester_left"] == (state["requester_id"] in here):
                self._violate("the desk hears whose requester left", request_id, str(state["requester_left"]))

    def _activities_at_rest(self) -> None:
        """No activity is forgotten; whoever left in good time before an end has no seat there, and waits no more."""
        now, in_time = self._world.now(), timedelta(hours=12)
        left = {
            row["_id"]: row["state"]["departed_at"]
            for row in self.rows("members", "people")
            if row["state"]["departed_at"] is not None
        }
        for row in self.rows("activities", "activities"):
            state, activity_id = row["state"], row["_id"]
            ends = state["plan"]["ends_at"]
            if state["stage"] == "published" and ends + in_time < now:
                self._violate("no activity is forgotten", activity_id, f"ended at {ends}, now {now}")
            if state["stage"] not in {"published", "completed"}:
                continue
            end = min(ends, state["ended_at"] or ends)
            sit = [seat["person_id"] for seat in state["seats"]["taken"] if seat["attended_at"] is None]
            for person in (*sit, *(wait["person_id"] for wait in state["seats"]["waiting"])):
                if person in left and left[person] + in_time < end:
                    self._violate("whoever left keeps no seat", f"{activity_id} {person}", f"left at {left[person]}")

    def _loads_are_open_legs(self) -> None:
        """What matching believes of open legs is what requests know."""
        now = self._world.now()
        believed = {
            row["_id"]: row["helper_id"]
            for row in self.rows("members", "loads")
            if row["open"] and (row.get("until") is None or row["until"] > now)
        }
        known = {
            leg["id"]: leg["helper_id"]
            for row in self.requests()
            for leg in row["state"]["legs"]
            if leg["state"] in _OPEN_LEG
        }
        for leg_id in believed.keys() | known.keys():
            if believed.get(leg_id) != known.get(leg_id):
                found = f"matching says {believed.get(leg_id)}, requests say {known.get(leg_id)}"
                self._violate("loads are open legs", leg_id, found)

    def _sealed_stays_inside(self) -> None:
        """No proposal is made for a leg of a request that was filed sealed, and nobody earns by one."""
        born_sealed = self._born_sealed()
        for row in self.rows("members", "proposals"):
            if row["state"]["request_id"] in born_sealed:
                self._violate("nothing sealed is on a wall", row["state"]["request_id"], "a helper was proposed for it")
        for order in self._world.repairs.orders.values():
            for request in self.requests():
                if request["_id"] in born_sealed and request["state"]["title"] in order.description:
                    self._violate("nothing sealed goes outside", request["_id"], order.external_id)

    async def _board_agrees(self, replica: Any) -> None:
        """The board is its rows' recount, and the requests' own recount."""
        process, board = replica.process, replica.app.state.parts[LiveBoard]
        recount = await process.spawn(board.recount())
        for part in recount.differences:
            self._violate("the board is the recount of its rows", f"{replica.name} {part}", "differs")
        documents = {
            "requests": self.requests(),
            "people": self.rows("members", "people"),
            "duty": self.rows("members", "duty"),
            "activities": self.rows("activities", "activities"),
        }
        shown = board.board()
        for part, found in board_differences(shown, documents):
            self._violate("the board is the recount of the requests", f"{replica.name} {part}", found)
        sealed = {row["_id"] for row in self.requests() if row["state"]["visibility"] == "sealed"}
        facts = sum(
            told.source != "/yizhan/reporting" and not (told.kind.startswith("requests.") and told.subject in sealed)
            for told in self._told.values()
        )
        if shown.events != facts:
            self._violate("the board rests on every fact", replica.name, f"{shown.events} of {facts} facts")
        raw = orjson.dumps(shown)
        self.shown(Actor("leader", "", frozenset({Role.LEADER})), raw, "board")
        for request in self.requests():
            if request["state"]["visibility"] == "sealed" and request["_id"].encode() in raw:
                self._violate("nothing sealed is on a wall", request["_id"], "the board shows it")

    # -- reading -------------------------------------------------------------------------------------------------------

    def rows(self, service: str, collection: str) -> Sequence[Row]:
        """Return a collection's documents as committed."""
        return self._world.mongo.peek(service, collection)

    def requests(self) -> Sequence[Row]:
        """Return every request as committed."""
        return self.rows("requests", "requests")

    def count(self, counts: Counter[str]) -> None:
        """Add what was committed, by sort of fact, and what went over the wire."""
        counts.update(f"fact:{told.kind}" for told in self._told.values())
        counts["writes"] += self._writes
        counts["calls"] += self._world.wire.calls
        counts["deliveries"] += self._world.stream.deliveries
        counts["requests"] += len(self.requests())
        counts["outside:kept"] += len(self.rows("requests", "outside_news"))
        counts["events"] += len(self._world.stream.events)

    def bytes_of_everything(self) -> Iterable[bytes]:
        """Return the whole stream and every collection, for comparing two runs."""
        for stored in self._world.stream.events:
            yield repr((stored.sequence, stored.message_id, stored.at)).encode() + stored.data
        for service, names in AGGREGATES.items():
            for name in (*names, "rows", "loads", "parked", "places", "people", "baselines"):
                for row in self.rows(service, name):
                    yield repr(row).encode()

    def _sheets(self) -> Sequence[Row]:
        return self.rows("members", "points")

    def _aggregates(self) -> Iterable[Row]:
        for service, names in AGGREGATES.items():
            for name in names:
                yield from self.rows(service, name)

    def _now(self) -> float:
        return self._world.loop.time()

    def _violate(self, rule: str, about: str, found: str) -> None:
        self._world.story.violate(rule, about, found)


__all__ = ["LEG_STAGE", "Watch"]
