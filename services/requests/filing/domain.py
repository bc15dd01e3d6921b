"""File and triage: what a request is, by when it should be served, and which legs serve it."""

from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from services.requests.allowed.domain import check
from services.requests.casework.domain import SERVICE, Ask, Command, Leg, Request, Why
from services.requests.categories.domain import Category, Lane, category_of, lane_of, stricter, time_to_resolve
from services.requests.rules.domain import is_live
from services.requests.story.domain import Decision, Story
from shared.contracts.requests.leg import LegOpened, LegQueued, LegUnmatched
from shared.contracts.requests.request import RequestFiled, RequestTriaged
from shared.contracts.stages import Channel, LegKind, LegState, Stage, Visibility
from shared.ids import derive_id
from shared.refusal import Refusal

_BY_DESK: Final = "desk"
"""The rule of a triage that a person decides."""


class Filing(Struct, frozen=True):
    """What somebody files: `id` and `fingerprint` make the repetition of it recognisable."""

    id: str
    fingerprint: str
    category: str
    title: str
    text: str
    place: str
    channel: Channel
    requester_id: str
    visibility: Visibility | None = None
    urgent: bool = False
    requester_name: str | None = None
    requester_account: str | None = None
    units: tuple[str, ...] | None = None


def way_in(told: Channel | None, *, for_another: bool) -> Channel:
    """Return the way a request came in: what is filed for somebody else came by the desk, unless it says how it came.

    What people file for themselves did not pass the desk, whoever they are: saying so is refused.
    """
    if told is Channel.DESK and not for_another:
        raise Refusal.of_field("channel", Why.NOT_YOUR_CHANNEL, channel=told)
    return told or (Channel.DESK if for_another else Channel.PHONE)


def file(filing: Filing, ask: Ask, system: str) -> Decision:
    """File a request and triage it by its category; `system` is the outside system that serves repairs."""
    category = category_of(filing.category)
    request = Request(
        id=filing.id,
        stage=Stage.SUBMITTED,
        kind=category.kind,
        category=category.id,
        title=filing.title,
        text=filing.text,
        place=filing.place,
        channel=filing.channel,
        visibility=stricter(category.visibility, filing.visibility),
        urgent=filing.urgent or category.urgent,
        requester_id=filing.requester_id,
        filed_by_id=ask.caller.id,
        filed_at=ask.at,
        fingerprint=filing.fingerprint,
        requester_name=filing.requester_name,
        requester_account=filing.requester_account,
        units=filing.units,
    )
    story = Story(request, ask)
    story.note("request.filed")
    story.tell(
        RequestFiled,
        kind=request.kind,
        category=request.category,
        channel=request.channel,
        visibility=request.visibility,
        urgent=request.urgent,
        requester_id=request.requester_id,
        filed_by_id=request.filed_by_id,
        place=request.place,
        filed_at=request.filed_at,
    )
    decide_legs(story, category, f"category.{category.id}", since=ask.at, system=system)
    return story.end()


def triage(request: Request, ask: Ask, category_id: str | None, system: str, *, urgent: bool | None) -> Decision:
    """Let the desk say what the request really is; another category gives up the legs and opens new ones."""
    check(request, ask.caller, Command.TRIAGE)
    category = category_of(category_id or request.category)
    story = Story(request, ask)
    legs = [leg for leg in request.legs if is_live(leg)]
    visibility = stricter(request.visibility, category.visibility)
    renewed = category.id != request.category or not legs or visibility is not request.visibility
    story.put(
        category=category.id,
        kind=category.kind,
        visibility=visibility,
        urgent=request.urgent if urgent is None else urgent,
    )
    if renewed:
        story.drop_legs(legs)
        decide_legs(story, category, _BY_DESK, since=request.filed_at, system=system)
    else:
        _tell_triaged(story, category, _BY_DESK, request.filed_at, tuple(leg.id for leg in legs))
    return story.end()


def decide_legs(story: Story, category: Category, rule: str, *, since: datetime, system: str) -> None:
    """Take the request to TRIAGED with its due time counted from `since`, and open the leg that its lane asks for."""
    story.move(Stage.TRIAGED)
    leg = _new_leg(story, LegKind.OUTSIDE if _lane(story, category) is Lane.OUTSIDE else LegKind.HELPER, category.skill)
    _tell_triaged(story, category, rule, since, (leg.id,))
    open_leg(story, leg, system)


def open_new_leg(story: Story, kind: LegKind, skill: str | None, system: str) -> None:
    """Open one more leg."""
    open_leg(story, _new_leg(story, kind, skill), system)


def open_leg(story: Story, leg: Leg, system: str) -> None:
    """Add the leg to the request, and tell who must do something about it: matching, the outside system or a reader."""
    request = story.request
    if leg.kind is LegKind.OUTSIDE:
        _add(story, queued := Leg(leg.id, leg.kind, LegState.QUEUED, story.at, system=system))
        story.tell_leg(
            LegQueued, queued, system=system, category=request.category, place=request.place, urgent=request.urgent
        )
    elif request.visibility is Visibility.SEALED:
        _add(story, unmatched := replace(leg, unmatched=True))
        story.tell_leg(LegUnmatched, unmatched, round=unmatched.round)
    else:
        _add(story, leg)
        tell_opened(story, leg)


def tell_opened(story: Story, leg: Leg) -> None:
    """Tell that the leg waits for a helper."""
    request = story.request
    story.tell_leg(
        LegOpened,
        leg,
        round=leg.round,
        kind=request.kind,
        category=request.category,
        skill=leg.skill,
        place=request.place,
        urgent=request.urgent,
        requester_id=request.requester_id,
        excluded_ids=leg.excluded_ids,
    )


def _lane(story: Story, category: Category) -> Lane:
    return lane_of(category, story.request.visibility)


def _new_leg(story: Story, kind: LegKind, skill: str | None) -> Leg:
    request = story.request
    leg_id = derive_id("leg", request.id, str(request.legs_made + 1))
    return Leg(leg_id, kind, LegState.OPEN, story.at, skill=skill, excluded_ids=(request.requester_id,))


def _add(story: Story, leg: Leg) -> None:
    story.add_leg(leg)
    story.follow_legs()


def _tell_triaged(story: Story, category: Category, rule: str, since: datetime, leg_ids: tuple[str, ...]) -> None:
    due = since + time_to_resolve(category, urgent=story.request.urgent)
    story.put(resolve_due_at=due, overdue=due <= story.at)
    story.note("request.triaged", actor=None if rule == _BY_DESK else SERVICE, category=category.id, rule=rule)
    request = story.request
    story.tell(
        RequestTriaged,
        kind=request.kind,
        category=request.category,
        urgent=request.urgent,
        visibility=request.visibility,
        rule=rule,
        leg_ids=leg_ids,
        resolve_due_at=due,
        triaged_at=story.at,
    )
