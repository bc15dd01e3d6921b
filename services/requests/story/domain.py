"""A decision in the making: each step changes the request, writes its timeline and tells its facts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from services.requests.casework.domain import Ask, Command, Entry, Leg, Need, Request, Why, Withdrawal
from services.requests.nudges.domain import match_clock, nudge_clock
from services.requests.rules.domain import (
    ARROWS,
    LEG_STAGE,
    LISTENING,
    SPANS,
    WAITING,
    Span,
    check_stage,
    is_live,
    is_open_outside,
    leg_after,
)
from shared.contracts.event import Fact
from shared.contracts.places import building_of
from shared.contracts.requests.leg import LegDropped, LegFact
from shared.contracts.requests.request import RequestContacted, RequestFact, RequestResolved
from shared.contracts.stages import ENDED, LegState, Stage
from shared.refusal import Refusal

Decision = tuple[Request, Sequence[Fact]]
"""What every decision returns: the request afterwards, and what there is to tell."""


def find_leg(request: Request, leg_id: str) -> Leg:
    """Return the leg, or refuse: the request has no such leg."""
    for leg in request.legs:
        if leg.id == leg_id:
            return leg
    raise Refusal(Why.LEG_UNKNOWN)


class Story:
    """Collects what one decision changes. It lives only inside one domain function; outside there are values."""

    def __init__(self, request: Request, ask: Ask) -> None:
        """Begin with the request as it is."""
        self.request = request
        self.at = ask.at
        self._actor = ask.caller.id
        self._facts: list[Fact] = []
        self._notes: list[Entry] = []

    def put(self, **fields: object) -> None:
        """Change fields of the request."""
        self.request = replace(self.request, **fields)

    def note(self, code: str, *, actor: str | None = None, **params: str | None) -> None:
        """Write a line of the timeline, of who asks unless it is of another; parameters that are None are left out."""
        words = {key: value for key, value in params.items() if value is not None}
        self._notes.append(Entry(self.at, code, actor or self._actor, words))

    def move(self, stage: Stage) -> None:
        """Take the request to a stage, or refuse: the table has no such arrow."""
        if stage is self.request.stage:
            return
        if stage not in ARROWS[self.request.stage]:
            raise Refusal(Why.WRONG_STAGE, stage=self.request.stage.value, command=stage.value)
        self.put(stage=stage)

    def tell(self, fact: type[RequestFact], **data: object) -> None:
        """Tell a fact about the request as it now stands."""
        self._facts.append(fact(request_id=self.request.id, stage=self.request.stage, **data))

    def tell_leg(self, fact: type[LegFact], leg: Leg, **data: object) -> None:
        """Tell a fact about a leg as it now stands."""
        self.tell(fact, leg_id=leg.id, state=leg.state, **data)

    def add_leg(self, leg: Leg) -> None:
        """Add a leg."""
        self.put(legs=(*self.request.legs, leg), legs_made=self.request.legs_made + 1)

    def change_leg(self, leg_id: str, command: Command, **fields: object) -> Leg:
        """Take a leg along the arrow of the command, with other fields changed, and let the request follow.

        Refuses what the request's stage or the leg's state does not allow.
        """
        check_stage(self.request, command)
        old = find_leg(self.request, leg_id)
        new = replace(old, state=leg_after(old, command), **fields)
        self.put(legs=tuple(new if leg.id == leg_id else leg for leg in self.request.legs))
        if command not in {Command.DROP, Command.VERIFY}:
            self.follow_legs()
        return new

    def follow_legs(self) -> None:
        """Let the request stand where its legs are, unless it is on hold."""
        if self.request.stage is not Stage.ON_HOLD:
            self.move(stage_of(self.request.legs))

    def amend_leg(self, leg_id: str, **fields: object) -> Leg:
        """Change fields of a leg that stays in its state, whatever the stage of the request."""
        amended = replace(find_leg(self.request, leg_id), **fields)
        self.put(legs=tuple(amended if leg.id == leg_id else leg for leg in self.request.legs))
        return amended

    def drop_legs(self, legs: Sequence[Leg]) -> None:
        """Give up these legs and tell it; an outside system that may have one open is to be told too."""
        for leg in legs:
            outside = Withdrawal.PENDING if leg.system and leg.state in WAITING | LISTENING else leg.withdrawal
            dropped = self.change_leg(leg.id, Command.DROP, offer_expires_at=None, withdrawal=outside)
            self.tell_leg(LegDropped, dropped, helper_id=dropped.helper_id, system=dropped.system if outside else None)

    def contact(self) -> None:
        """Tell the first contact, once."""
        if self.request.first_contact_at is None:
            self.put(first_contact_at=self.at)
            self.tell(RequestContacted, contacted_at=self.at)

    def resolve_if_served(self) -> None:
        """Tell that the request is resolved when its last live leg has just been served; the confirm clock starts."""
        if self.request.stage is not Stage.RESOLVED or self.request.resolved_at is not None:
            return
        due = self.at + SPANS[Span.CONFIRM]
        self.put(resolved_at=self.at, confirm_due_at=due)
        self.note("request.resolved")
        self.tell(RequestResolved, resolved_at=self.at, confirm_due_at=due)

    def end(self) -> Decision:
        """Return the request, with the fields that follow from the others, and the facts."""
        request = self.request
        clocks = (*_leg_clocks(request), resolve_clock(request), confirm_clock(request))
        self.put(
            timeline=(*request.timeline, *self._notes),
            due_at=min((at for at in clocks if at is not None), default=None),
            poll_at=min((_last_word(leg) for leg in request.legs if is_polled(request, leg)), default=None),
            needs=_needs(request),
            building=building_of(request.place),
        )
        return self.request, tuple(self._facts)


def stage_of(legs: Sequence[Leg]) -> Stage:
    """Return where a request with these legs stands: resolved when every live leg is served, else the furthest."""
    stages = {LEG_STAGE[leg.state] for leg in legs if is_live(leg)}
    if not stages:
        return Stage.TRIAGED
    if stages == {Stage.RESOLVED}:
        return Stage.RESOLVED
    if stages & {Stage.IN_PROGRESS, Stage.RESOLVED}:
        return Stage.IN_PROGRESS
    return Stage.ASSIGNED if Stage.ASSIGNED in stages else Stage.MATCHING


def silence_clock(request: Request, leg: Leg) -> datetime | None:
    """Return when an outside leg's silence must be reported, or None: it is not awaited, or that was done."""
    awaited = leg.state in WAITING or leg.state in {LegState.ACKED, LegState.REMOTE_OPEN}
    if request.stage in ENDED or leg.stale or not awaited:
        return None
    return (leg.heard_at or leg.opened_at) + SPANS[Span.SILENCE]


def resolve_clock(request: Request) -> datetime | None:
    """Return when the request becomes overdue, or None: served, ended, already overdue, or held for the requester."""
    paused = request.overdue or (request.stage is Stage.ON_HOLD and request.held_for_requester)
    return None if paused or request.stage in ENDED | {Stage.RESOLVED} else request.resolve_due_at


def confirm_clock(request: Request) -> datetime | None:
    """Return when a resolved request closes without an answer, or None: it does not wait for one."""
    return request.confirm_due_at if request.stage is Stage.RESOLVED else None


def is_polled(request: Request, leg: Leg) -> bool:
    """Tell whether the outside system should be asked about this leg when it is silent."""
    return request.stage not in ENDED and (leg.state in LISTENING or leg.state is LegState.TOKEN_WAIT)


def _leg_clocks(request: Request) -> list[datetime | None]:
    running = (silence_clock, match_clock, nudge_clock)
    return [leg.offer_expires_at for leg in request.legs] + [at(request, leg) for leg in request.legs for at in running]


def _last_word(leg: Leg) -> datetime:
    return max(moment for moment in (leg.opened_at, leg.heard_at, leg.asked_at) if moment is not None)


_NEEDS_OF_LEG: Final[Mapping[Need, Callable[[Leg], bool]]] = MappingProxyType(
    {
        Need.COORDINATOR: lambda leg: leg.unmatched,
        Need.SEND_FAILED: lambda leg: leg.state is LegState.SEND_FAILED,
        Need.STALE: lambda leg: leg.stale,
        Need.NO_UPDATE: lambda leg: leg.quiet,
    }
)
"""What a live leg wants from the desk."""


def _needs(request: Request) -> tuple[Need, ...]:
    left_outside = {Need.STILL_OPEN_OUTSIDE} if any(map(is_open_outside, request.legs)) else set[Need]()
    if request.stage in ENDED or request.stage is Stage.RESOLVED:
        return tuple(left_outside)
    live = [leg for leg in request.legs if is_live(leg)]
    wanted = left_outside | {need for leg in live for need, is_so in _NEEDS_OF_LEG.items() if is_so(leg)}
    if not live:
        wanted.add(Need.TRIAGE)
    if request.requester_left:
        wanted.add(Need.REQUESTER_LEFT)
    return tuple(need for need in Need if need in wanted)
