"""What may be asked of an activity: by whom, in which stage, at which time; why not."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from services.activities.programme.domain.activity import Activity, Ask, runs, status_in
from services.activities.programme.domain.seats import SignUpStatus, anybody_attended, is_full
from shared.contracts.activities import ActivityStage
from shared.contracts.event import to_rfc3339
from shared.refusal import Refusal

DOORS: Final = timedelta(minutes=30)
"""Attendance is taken from this long before the start until this long after the end."""


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


_Check: TypeAlias = Callable[[Activity, Ask], None]

STAGES: Final[Mapping[Command, frozenset[ActivityStage]]] = {
    Command.PUBLISH: frozenset({ActivityStage.PLANNED}),
    Command.CANCEL: frozenset({ActivityStage.PLANNED, ActivityStage.PUBLISHED}),
    Command.COMPLETE: frozenset({ActivityStage.PUBLISHED}),
    Command.SIGN_UP: frozenset({ActivityStage.PUBLISHED}),
    Command.RELEASE: frozenset({ActivityStage.PUBLISHED}),
    Command.REMOVE: frozenset({ActivityStage.PUBLISHED}),
    Command.ATTEND: frozenset({ActivityStage.PUBLISHED}),
    Command.SHOW_CODE: frozenset({ActivityStage.PUBLISHED}),
    Command.LIST_ATTENDEES: frozenset(ActivityStage),
}
"""The stages in which each command is possible at all."""

LEADS_TO: Final[Mapping[Command, ActivityStage]] = {
    Command.PUBLISH: ActivityStage.PUBLISHED,
    Command.CANCEL: ActivityStage.CANCELLED,
    Command.COMPLETE: ActivityStage.COMPLETED,
}
"""Where a command takes an activity; all others leave it where it is."""


def may(activity: Activity, ask: Ask) -> tuple[Command, ...]:
    """Return what the asker may ask now to some effect: what `check` would not refuse and is not done already."""
    done = _DONE[status_in(activity, ask.asker)]
    return tuple(command for command in Command if command not in done and _allows(command, activity, ask))


def check(command: Command, activity: Activity, ask: Ask) -> None:
    """Refuse the command if the asker, the stage or the time forbids it."""
    if command in _ORGANISERS and not runs(activity, ask.asker):
        raise Refusal(Why.NOT_YOURS)
    if activity.stage not in STAGES[command]:
        raise Refusal(Why.WRONG_STAGE, stage=activity.stage, command=command)
    rule = _RULES.get(command)
    if rule is not None:
        rule(activity, ask)


def _allows(command: Command, activity: Activity, ask: Ask) -> bool:
    try:
        check(command, activity, ask)
    except Refusal:
        return False
    return True


def _not_over(activity: Activity, ask: Ask) -> None:
    if ask.at >= activity.plan.ends_at:
        raise Refusal(Why.OVER)


def _nobody_attended(activity: Activity, _ask: Ask) -> None:
    if anybody_attended(activity.seats):
        raise Refusal(Why.ALREADY_ATTENDED)


def _started(activity: Activity, ask: Ask) -> None:
    if ask.at < activity.plan.starts_at:
        raise Refusal(Why.NOT_STARTED)


def _doors_open(activity: Activity, ask: Ask) -> None:
    opens, closes = activity.plan.starts_at - DOORS, activity.plan.ends_at + DOORS
    if not opens <= ask.at < closes:
        raise Refusal(Why.NOT_NOW, opens_at=to_rfc3339(opens), closes_at=to_rfc3339(closes))


def _takes_a_seat(activity: Activity, ask: Ask) -> None:
    if activity.organiser_id == ask.actor_id:
        raise Refusal(Why.ORGANISER_TAKES_NO_SEAT)
    _not_over(activity, ask)
    if ask.at >= activity.plan.starts_at and is_full(activity.seats):
        raise Refusal(Why.BEGUN)


def can_let_go(activity: Activity, ask: Ask) -> None:
    """Refuse when whoever asks is not signed up, was there, or it is over."""
    if status_in(activity, ask.asker) is SignUpStatus.NONE:
        raise Refusal(Why.NOT_SIGNED_UP)
    if status_in(activity, ask.asker) is SignUpStatus.ATTENDED:
        raise Refusal(Why.ALREADY_ATTENDED)
    _not_over(activity, ask)


def _anybody_can_go(activity: Activity, ask: Ask) -> None:
    seats = activity.seats
    if all(seat.attended_at is not None for seat in seats.taken) and not seats.waiting:
        raise Refusal(Why.NOT_SIGNED_UP)
    _not_over(activity, ask)


def _sits(activity: Activity, ask: Ask) -> None:
    if status_in(activity, ask.asker) not in {SignUpStatus.SEAT, SignUpStatus.ATTENDED}:
        raise Refusal(Why.NO_SEAT)
    _doors_open(activity, ask)


def _may_see_code(activity: Activity, ask: Ask) -> None:
    if status_in(activity, ask.asker) is not SignUpStatus.NONE:
        raise Refusal(Why.CODE_HIDDEN)
    _doors_open(activity, ask)


_DONE: Final[Mapping[SignUpStatus, frozenset[Command]]] = {
    SignUpStatus.NONE: frozenset(),
    SignUpStatus.SEAT: frozenset({Command.SIGN_UP}),
    SignUpStatus.WAITING: frozenset({Command.SIGN_UP}),
    SignUpStatus.ATTENDED: frozenset({Command.SIGN_UP, Command.ATTEND}),
}
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
_RULES: Final[Mapping[Command, _Check]] = {
    Command.PUBLISH: _not_over,
    Command.CANCEL: _nobody_attended,
    Command.COMPLETE: _started,
    Command.SIGN_UP: _takes_a_seat,
    Command.RELEASE: can_let_go,
    Command.REMOVE: _anybody_can_go,
    Command.ATTEND: _sits,
    Command.SHOW_CODE: _may_see_code,
}
