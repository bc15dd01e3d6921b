"""A decision in the making: each step changes the request, writes its timeline and tells its facts."""

from collections.abc import Sequence

from msgspec.structs import replace

from services.requests.casework.domain.deadlines import due_at, poll_at
from services.requests.casework.domain.lifecycle import (
    ARROWS,
    LISTENING,
    SPANS,
    WAITING,
    Span,
    check_stage,
    find_leg,
    leg_after,
    stage_of,
)
from services.requests.casework.domain.needs import needs_of
from services.requests.casework.domain.request import Ask, Command, Entry, Leg, Request, Why, Withdrawal
from shared.contracts.event import Fact
from shared.contracts.places import building_of
from shared.contracts.requests.leg import LegDropped, LegFact
from shared.contracts.requests.request import RequestContacted, RequestFact, RequestResolved
from shared.contracts.stages import Stage
from shared.refusal import Refusal

Decision = tuple[Request, Sequence[Fact]]
"""What every decision returns: the request afterwards, and what there is to tell."""


class Change:
    """Collects what one decision changes. It lives only inside one domain function; outside there are values."""

    def __init__(self, request: Request, ask: Ask) -> None:
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
        """Tell a fact about the request as it now stands: what is not named here is as the request has it."""
        self._facts.append(fact.of(self.request, request_id=self.request.id, **data))

    def tell_leg(self, fact: type[LegFact], leg: Leg, **data: object) -> None:
        """Tell a fact about a leg as it now stands: what is not named here is as the leg has it, or the request."""
        self._facts.append(fact.of(leg, self.request, request_id=self.request.id, leg_id=leg.id, **data))

    def add_leg(self, leg: Leg) -> None:
        """Add a leg."""
        self.put(legs=(*self.request.legs, leg), legs_made=self.request.legs_made + 1)

    def move_leg(self, leg_id: str, command: Command, **fields: object) -> Leg:
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
            dropped = self.move_leg(leg.id, Command.DROP, offer_expires_at=None, withdrawal=outside)
            self.tell_leg(LegDropped, dropped, system=dropped.system if outside else None)

    def contact(self) -> None:
        """Tell the first contact, once."""
        if self.request.first_contact_at is None:
            self.put(first_contact_at=self.at)
            self.tell(RequestContacted, contacted_at=self.at)

    def resolve_if_served(self) -> None:
        """Tell that the request is resolved when its last live leg has just been served; the confirm clock starts."""
        if self.request.stage is not Stage.RESOLVED or self.request.resolved_at is not None:
            return
        self.put(resolved_at=self.at, confirm_due_at=self.at + SPANS[Span.CONFIRM])
        self.note("request.resolved")
        self.tell(RequestResolved)

    def end(self) -> Decision:
        """Return the request, with the fields that follow from the others, and the facts."""
        request = self.request
        self.put(
            timeline=(*request.timeline, *self._notes),
            due_at=due_at(request),
            poll_at=poll_at(request),
            needs=needs_of(request),
            building=building_of(request.place),
        )
        return self.request, tuple(self._facts)
