"""An activity: its stages, its seats and waiting list, and attendance proved by a rotating code.

One activity holds all its sign-ups, so that one guarded write decides who gets the last seat.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from services.activities.attendance.domain import fits
from services.activities.planning.domain import Plan, Venue, check_plan
from services.activities.seats.domain import Seats, Standing, add, anybody_attended, mark_attended, remove, standing
from shared.contracts.activities import (
    ActivityCancelled,
    ActivityCompleted,
    ActivityFact,
    ActivityPlanned,
    ActivityPublished,
    ActivityStage,
    AttendanceVerified,
    SeatAwaited,
    SeatReleased,
    SeatTaken,
)
from shared.contracts.event import to_rfc3339
from shared.refusal import Refusal

DOORS: Final = timedelta(minutes=30)
"""Attendance is taken from this long before the start until this long after the end."""


class Why(StrEnum):
    """Why a command on an activity is refused."""

    WRONG_STAGE = "activity.wrong_stage"
    OVER = "activity.over"
    NOT_STARTED = "activity.not_started"
    NOT_NOW = "activity.not_now"
    ORGANISER_TAKES_NO_SEAT = "activity.organiser_takes_no_seat"
    NOT_SIGNED_UP = "activity.not_signed_up"
    ALREADY_ATTENDED = "activity.already_attended"
    NO_SEAT = "activity.no_seat"
    WRONG_CODE = "activity.wrong_code"
    CODE_HIDDEN = "activity.code_hidden"
    NOT_YOURS = "auth.not_yours"


class Command(StrEnum):
    """What may be asked of an activity that exists."""

    PUBLISH = "publish"
    CANCEL = "cancel"
    COMPLETE = "complete"
    SIGN_UP = "sign_up"
    RELEASE = "release"
    ATTEND = "attend"
    SHOW_CODE = "show_code"
    LIST_ATTENDEES = "list_attendees"


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity with everybody who signed up. `secret` makes the codes and leaves the service in no form."""

    id: str
    stage: ActivityStage
    plan: Plan
    organiser_id: str
    planned_at: datetime
    secret: str = field(repr=False)
    seats: Seats
    cancel_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks; `manages_all` lets a person run activities that others organise."""

    person_id: str
    manages_all: bool = False


Decision: TypeAlias = tuple[Activity, Sequence[ActivityFact]]
_Check: TypeAlias = Callable[[Activity, Asker, datetime], None]

_STAGES: Final[Mapping[Command, frozenset[ActivityStage]]] = MappingProxyType(
    {
        Command.PUBLISH: frozenset({ActivityStage.PLANNED}),
        Command.CANCEL: frozenset({ActivityStage.PLANNED, ActivityStage.PUBLISHED}),
        Command.COMPLETE: frozenset({ActivityStage.PUBLISHED}),
        Command.SIGN_UP: frozenset({ActivityStage.PUBLISHED}),
        Command.RELEASE: frozenset({ActivityStage.PUBLISHED}),
        Command.ATTEND: frozenset({ActivityStage.PUBLISHED}),
        Command.SHOW_CODE: frozenset({ActivityStage.PUBLISHED}),
        Command.LIST_ATTENDEES: frozenset(ActivityStage),
    },
)


def plan(activity_id: str, wanted: Plan, asker: Asker, venue: Venue | None, secret: str, at: datetime) -> Decision:
    """Plan an activity at a known place; nobody but its organiser sees it before it is published."""
    check_plan(wanted, venue, at)
    activity = Activity(activity_id, ActivityStage.PLANNED, wanted, asker.person_id, at, secret, Seats(wanted.capacity))
    planned = ActivityPlanned(
        activity_id=activity_id,
        stage=activity.stage,
        category=wanted.category,
        organiser_id=asker.person_id,
        unit_id=wanted.unit_id,
        place=wanted.place,
        capacity=wanted.capacity,
        points=wanted.points,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
    )
    return activity, [planned]


def publish(activity: Activity, asker: Asker, at: datetime) -> Decision:
    """Open the activity for sign-up."""
    check(Command.PUBLISH, activity, asker, at)
    published = replace(activity, stage=ActivityStage.PUBLISHED)
    return published, [ActivityPublished(activity_id=activity.id, stage=published.stage, published_at=at)]


def cancel(activity: Activity, asker: Asker, reason: str, at: datetime) -> Decision:
    """Call the activity off; refused once somebody attended, because attendance has earned points."""
    check(Command.CANCEL, activity, asker, at)
    cancelled = replace(activity, stage=ActivityStage.CANCELLED, cancel_reason=reason)
    return cancelled, [ActivityCancelled(activity_id=activity.id, stage=cancelled.stage, cancelled_at=at)]


def complete(activity: Activity, asker: Asker, at: datetime) -> Decision:
    """End the activity once it has started; nobody can attend afterwards."""
    check(Command.COMPLETE, activity, asker, at)
    completed = replace(activity, stage=ActivityStage.COMPLETED)
    return completed, [ActivityCompleted(activity_id=activity.id, stage=completed.stage, completed_at=at)]


def sign_up(activity: Activity, asker: Asker, at: datetime) -> Decision:
    """Take a free seat, or else the last place of the waiting list; signing up again changes nothing."""
    check(Command.SIGN_UP, activity, asker, at)
    if where(activity, asker) is not Standing.NONE:
        return activity, []
    person = asker.person_id
    after = replace(activity, seats=add(activity.seats, person, at))
    if where(after, asker) is Standing.SEAT:
        return after, [_taken(after, person, promoted=False)]
    return after, [SeatAwaited(activity_id=after.id, stage=after.stage, person_id=person)]


def release(activity: Activity, asker: Asker, at: datetime) -> Decision:
    """Give up one's seat, which goes to the first who waits, or one's place on the waiting list."""
    check(Command.RELEASE, activity, asker, at)
    seats, promoted = remove(activity.seats, asker.person_id, at)
    after = replace(activity, seats=seats)
    released = SeatReleased(activity_id=after.id, stage=after.stage, person_id=asker.person_id)
    return after, [released] if promoted is None else [released, _taken(after, promoted, promoted=True)]


def attend(activity: Activity, asker: Asker, code: str, at: datetime) -> Decision:
    """Prove to be there with the code that the organiser shows; a second proof changes nothing."""
    check(Command.ATTEND, activity, asker, at)
    if not fits(activity.secret, code, at):
        raise Refusal(Why.WRONG_CODE)
    if where(activity, asker) is Standing.ATTENDED:
        return activity, []
    verified = AttendanceVerified(
        activity_id=activity.id,
        stage=activity.stage,
        person_id=asker.person_id,
        points=activity.plan.points,
        attended_at=at,
    )
    return replace(activity, seats=mark_attended(activity.seats, asker.person_id, at)), [verified]


def where(activity: Activity, asker: Asker) -> Standing:
    """Tell where the asker stands in the activity."""
    return standing(activity.seats, asker.person_id)


def may(activity: Activity, asker: Asker, at: datetime) -> tuple[Command, ...]:
    """Return what the asker may ask now to some effect: what `check` would not refuse and is not done already."""
    done = _DONE[where(activity, asker)]
    return tuple(command for command in Command if command not in done and _allows(command, activity, asker, at))


def check(command: Command, activity: Activity, asker: Asker, at: datetime) -> None:
    """Refuse the command if the asker, the stage or the time forbids it."""
    if command in _ORGANISERS and not runs(activity, asker):
        raise Refusal(Why.NOT_YOURS)
    if activity.stage not in _STAGES[command]:
        raise Refusal(Why.WRONG_STAGE, stage=activity.stage, command=command)
    rule = _RULES.get(command)
    if rule is not None:
        rule(activity, asker, at)


def runs(activity: Activity, asker: Asker) -> bool:
    """Tell whether the asker organises the activity or may act for whoever does."""
    return asker.manages_all or activity.organiser_id == asker.person_id


def _allows(command: Command, activity: Activity, asker: Asker, at: datetime) -> bool:
    try:
        check(command, activity, asker, at)
    except Refusal:
        return False
    return True


def _taken(activity: Activity, person_id: str, *, promoted: bool) -> SeatTaken:
    return SeatTaken(activity_id=activity.id, stage=activity.stage, person_id=person_id, promoted=promoted)


def _not_over(activity: Activity, _asker: Asker, at: datetime) -> None:
    if at >= activity.plan.ends_at:
        raise Refusal(Why.OVER)


def _nobody_attended(activity: Activity, _asker: Asker, _at: datetime) -> None:
    if anybody_attended(activity.seats):
        raise Refusal(Why.ALREADY_ATTENDED)


def _started(activity: Activity, _asker: Asker, at: datetime) -> None:
    if at < activity.plan.starts_at:
        raise Refusal(Why.NOT_STARTED)


def _doors_open(activity: Activity, _asker: Asker, at: datetime) -> None:
    opens, closes = activity.plan.starts_at - DOORS, activity.plan.ends_at + DOORS
    if not opens <= at < closes:
        raise Refusal(Why.NOT_NOW, opens_at=to_rfc3339(opens), closes_at=to_rfc3339(closes))


def _takes_a_seat(activity: Activity, asker: Asker, at: datetime) -> None:
    if activity.organiser_id == asker.person_id:
        raise Refusal(Why.ORGANISER_TAKES_NO_SEAT)
    _not_over(activity, asker, at)


def _can_let_go(activity: Activity, asker: Asker, at: datetime) -> None:
    if where(activity, asker) is Standing.NONE:
        raise Refusal(Why.NOT_SIGNED_UP)
    if where(activity, asker) is Standing.ATTENDED:
        raise Refusal(Why.ALREADY_ATTENDED)
    _not_over(activity, asker, at)


def _sits(activity: Activity, asker: Asker, at: datetime) -> None:
    if where(activity, asker) not in {Standing.SEAT, Standing.ATTENDED}:
        raise Refusal(Why.NO_SEAT)
    _doors_open(activity, asker, at)


def _may_see_code(activity: Activity, asker: Asker, at: datetime) -> None:
    if where(activity, asker) is not Standing.NONE:
        raise Refusal(Why.CODE_HIDDEN)
    _doors_open(activity, asker, at)


_DONE: Final[Mapping[Standing, frozenset[Command]]] = MappingProxyType(
    {
        Standing.NONE: frozenset(),
        Standing.SEAT: frozenset({Command.SIGN_UP}),
        Standing.WAITING: frozenset({Command.SIGN_UP}),
        Standing.ATTENDED: frozenset({Command.SIGN_UP, Command.ATTEND}),
    }
)
_ORGANISERS: Final = frozenset(
    {Command.PUBLISH, Command.CANCEL, Command.COMPLETE, Command.SHOW_CODE, Command.LIST_ATTENDEES}
)
_RULES: Final[Mapping[Command, _Check]] = MappingProxyType(
    {
        Command.PUBLISH: _not_over,
        Command.CANCEL: _nobody_attended,
        Command.COMPLETE: _started,
        Command.SIGN_UP: _takes_a_seat,
        Command.RELEASE: _can_let_go,
        Command.ATTEND: _sits,
        Command.SHOW_CODE: _may_see_code,
    }
)
