"""An activity: its stages, its seats and waiting list, and attendance proved by a rotating code.

One activity holds all its sign-ups, so that one guarded write decides who gets the last seat.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from services.activities.attendance.domain import fits
from services.activities.planning.domain import Plan, Setting, check_plan, check_setting
from services.activities.seats.domain import (
    Gone,
    Seats,
    Standing,
    add,
    anybody_attended,
    how_gone,
    is_full,
    let_go,
    mark_attended,
    standing,
)
from shared.contracts.activities import (
    ActivityCancelled,
    ActivityCompleted,
    ActivityFact,
    ActivityPlanned,
    ActivityPublished,
    ActivityStage,
    AttendanceVerified,
    SeatAwaited,
    SeatRelease,
    SeatReleased,
    SeatTaken,
)
from shared.contracts.event import to_rfc3339
from shared.contracts.scope import Scope
from shared.refusal import Refusal

CLOCK: Final = "clock"
"""Who completes an activity that its organiser forgot."""
DOORS: Final = timedelta(minutes=30)
"""Attendance is taken from this long before the start until this long after the end."""
FORGOTTEN: Final = timedelta(hours=1)
"""This long after its end, when the doors are long shut, an activity that nobody completed completes itself."""
LIVE: Final = frozenset({ActivityStage.PLANNED, ActivityStage.PUBLISHED})
"""The stages in which an activity still has its place, its seats and its waiting list."""


class Why(StrEnum):
    """Why a command on an activity is refused."""

    WRONG_STAGE = "activity.wrong_stage"
    OVER = "activity.over"
    BEGUN = "activity.begun"
    NOT_STARTED = "activity.not_started"
    NOT_NOW = "activity.not_now"
    ORGANISER_TAKES_NO_SEAT = "activity.organiser_takes_no_seat"
    NOT_SIGNED_UP = "activity.not_signed_up"
    ALREADY_ATTENDED = "activity.already_attended"
    NO_SEAT = "activity.no_seat"
    WRONG_CODE = "activity.wrong_code"
    CODE_HIDDEN = "activity.code_hidden"
    PERSON_LEFT = "activity.person_left"
    NOT_FORGOTTEN = "activity.not_forgotten"
    NOT_YOURS = "auth.not_yours"


class Command(StrEnum):
    """What may be asked of an activity that exists."""

    PUBLISH = "publish"
    CANCEL = "cancel"
    COMPLETE = "complete"
    SIGN_UP = "sign_up"
    RELEASE = "release"
    REMOVE = "remove"
    ATTEND = "attend"
    SHOW_CODE = "show_code"
    LIST_ATTENDEES = "list_attendees"


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity with everybody who signed up. `secret` makes the codes and leaves the service in no form.

    `organiser_left` while whoever planned it can run it no more: then every organiser may. Activities of earlier
    releases do not know by whom they were published and ended.
    """

    id: str
    stage: ActivityStage
    plan: Plan
    organiser_id: str
    planned_at: datetime
    secret: str = field(repr=False)
    seats: Seats
    cancel_reason: str | None = None
    published_by: str | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    organiser_left: bool = False


_NOWHERE: Final = Scope()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks; `manages_all` lets a person run activities that others organise.

    Whoever organises may run those of nobody that lie in their `scope`, by their place or their unit.
    """

    person_id: str
    manages_all: bool = False
    scope: Scope = _NOWHERE


Decision: TypeAlias = tuple[Activity, Sequence[ActivityFact]]
_Check: TypeAlias = Callable[[Activity, Asker, datetime], None]

_STAGES: Final[Mapping[Command, frozenset[ActivityStage]]] = MappingProxyType(
    {
        Command.PUBLISH: frozenset({ActivityStage.PLANNED}),
        Command.CANCEL: frozenset({ActivityStage.PLANNED, ActivityStage.PUBLISHED}),
        Command.COMPLETE: frozenset({ActivityStage.PUBLISHED}),
        Command.SIGN_UP: frozenset({ActivityStage.PUBLISHED}),
        Command.RELEASE: frozenset({ActivityStage.PUBLISHED}),
        Command.REMOVE: frozenset({ActivityStage.PUBLISHED}),
        Command.ATTEND: frozenset({ActivityStage.PUBLISHED}),
        Command.SHOW_CODE: frozenset({ActivityStage.PUBLISHED}),
        Command.LIST_ATTENDEES: frozenset(ActivityStage),
    },
)


def plan(activity_id: str, wanted: Plan, asker: Asker, setting: Setting, secret: str, at: datetime) -> Decision:
    """Plan an activity that is possible; nobody but its organiser sees it before it is published."""
    check_plan(wanted, setting, at)
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


def publish(activity: Activity, asker: Asker, setting: Setting, at: datetime) -> Decision:
    """Open the activity for sign-up; refused when its plan is not possible any more."""
    check(Command.PUBLISH, activity, asker, at)
    check_setting(activity.plan, setting)
    published = replace(activity, stage=ActivityStage.PUBLISHED, published_by=asker.person_id)
    return published, [ActivityPublished(activity_id=activity.id, stage=published.stage, published_at=at)]


def cancel(activity: Activity, asker: Asker, reason: str, at: datetime) -> Decision:
    """Call the activity off; refused once somebody attended, because attendance has earned points."""
    check(Command.CANCEL, activity, asker, at)
    stage = ActivityStage.CANCELLED
    cancelled = replace(activity, stage=stage, cancel_reason=reason, ended_by=asker.person_id, ended_at=at)
    return cancelled, [ActivityCancelled(activity_id=activity.id, stage=cancelled.stage, cancelled_at=at)]


def complete(activity: Activity, asker: Asker, at: datetime) -> Decision:
    """End the activity once it has started; nobody can attend afterwards."""
    check(Command.COMPLETE, activity, asker, at)
    return _completed(activity, asker.person_id, at)


def complete_forgotten(activity: Activity, at: datetime) -> Decision:
    """End an activity that its organiser forgot, long after its end; attendance stays as it is."""
    if activity.stage is not ActivityStage.PUBLISHED or at < activity.plan.ends_at + FORGOTTEN:
        raise Refusal(Why.NOT_FORGOTTEN)
    return _completed(activity, CLOCK, at)


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


def release(activity: Activity, asker: Asker, at: datetime, left: Collection[str] = ()) -> Decision:
    """Give up one's seat, which goes to the first who waits, or one's place on the waiting list.

    `left` are people who left the community: none of them gets a seat, and they wait no more.
    """
    check(Command.RELEASE, activity, asker, at)
    return free(activity, Gone(asker.person_id, SeatRelease.GIVEN_UP, at), left)


def take_out(
    activity: Activity, asker: Asker, person_id: str, reason: str | None, at: datetime, left: Collection[str] = ()
) -> Decision:
    """Take a person out, as the organiser; the freed seat goes on as in `release`."""
    check(Command.REMOVE, activity, asker, at)
    _can_let_go(activity, Asker(person_id), at)
    return free(activity, Gone(person_id, SeatRelease.REMOVED, at, reason), left)


def free(activity: Activity, gone: Gone, left: Collection[str]) -> Decision:
    """Let a person go, and everybody with them who waits and has left the community."""
    waiting = [wait.person_id for wait in activity.seats.waiting if wait.person_id in left]
    others = [Gone(person, SeatRelease.DEPARTED, gone.at) for person in waiting if person != gone.person_id]
    seats, promoted = let_go(activity.seats, [gone, *others], gone.at)
    after = replace(activity, seats=seats)
    released = [
        SeatReleased(activity_id=after.id, stage=after.stage, person_id=one.person_id, why=one.why)
        for one in (gone, *others)
    ]
    return after, [*released, *(_taken(after, person, promoted=True) for person in promoted)]


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
        points=activity.plan.promised_points,
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
    """Tell whether the asker organises the activity or may act for whoever does, or did before they left."""
    plan = activity.plan
    unit = () if plan.unit_id is None else (plan.unit_id,)
    orphaned = activity.organiser_left and asker.scope.holds(plan.place, unit)
    return asker.manages_all or activity.organiser_id == asker.person_id or orphaned


def is_seen(activity: Activity, asker: Asker) -> bool:
    """Tell whether the activity exists for the asker: what was only planned exists for nobody but who runs it."""
    called_off = activity.stage is ActivityStage.CANCELLED and not (activity.seats.taken or activity.seats.gone)
    draft = activity.stage is ActivityStage.PLANNED or (called_off and activity.published_by is None)
    return not draft or runs(activity, asker)


def is_done(  # noqa: PLR0911 - one answer for each command
    command: Command, activity: Activity, asker: Asker, *, reason: str = "", person_id: str = ""
) -> bool:
    """Tell whether this very person's same command brought the activity to where it is, so that nothing is left to do.

    What a clock completed counts as completed by whoever runs the activity, and whoever went by themselves is out.
    """
    match command:
        case Command.PUBLISH:
            return activity.stage is ActivityStage.PUBLISHED and activity.published_by == asker.person_id
        case Command.CANCEL:
            ended = (activity.ended_by, activity.cancel_reason)
            return activity.stage is ActivityStage.CANCELLED and ended == (asker.person_id, reason)
        case Command.COMPLETE:
            by_clock = activity.ended_by == CLOCK and runs(activity, asker)
            return activity.stage is ActivityStage.COMPLETED and (by_clock or activity.ended_by == asker.person_id)
        case Command.SIGN_UP:
            return where(activity, asker) is not Standing.NONE
        case Command.RELEASE:
            return _went(activity, asker.person_id, SeatRelease.GIVEN_UP)
        case Command.REMOVE:
            return runs(activity, asker) and how_gone(activity.seats, person_id) is not None
        case Command.ATTEND:
            return where(activity, asker) is Standing.ATTENDED
        case _:
            return False


def _allows(command: Command, activity: Activity, asker: Asker, at: datetime) -> bool:
    try:
        check(command, activity, asker, at)
    except Refusal:
        return False
    return True


def _went(activity: Activity, person_id: str, why: SeatRelease) -> bool:
    gone = how_gone(activity.seats, person_id)
    return gone is not None and gone.why is why


def _completed(activity: Activity, by: str, at: datetime) -> Decision:
    completed = replace(activity, stage=ActivityStage.COMPLETED, ended_by=by, ended_at=at)
    return completed, [ActivityCompleted(activity_id=activity.id, stage=completed.stage, completed_at=at)]


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
    if at >= activity.plan.starts_at and is_full(activity.seats):
        raise Refusal(Why.BEGUN)


def _can_let_go(activity: Activity, asker: Asker, at: datetime) -> None:
    if where(activity, asker) is Standing.NONE:
        raise Refusal(Why.NOT_SIGNED_UP)
    if where(activity, asker) is Standing.ATTENDED:
        raise Refusal(Why.ALREADY_ATTENDED)
    _not_over(activity, asker, at)


def _anybody_can_go(activity: Activity, asker: Asker, at: datetime) -> None:
    seats = activity.seats
    if all(seat.attended_at is not None for seat in seats.taken) and not seats.waiting:
        raise Refusal(Why.NOT_SIGNED_UP)
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
    {
        Command.PUBLISH,
        Command.CANCEL,
        Command.COMPLETE,
        Command.REMOVE,
        Command.SHOW_CODE,
        Command.LIST_ATTENDEES,
    }
)
_RULES: Final[Mapping[Command, _Check]] = MappingProxyType(
    {
        Command.PUBLISH: _not_over,
        Command.CANCEL: _nobody_attended,
        Command.COMPLETE: _started,
        Command.SIGN_UP: _takes_a_seat,
        Command.RELEASE: _can_let_go,
        Command.REMOVE: _anybody_can_go,
        Command.ATTEND: _sits,
        Command.SHOW_CODE: _may_see_code,
    }
)
