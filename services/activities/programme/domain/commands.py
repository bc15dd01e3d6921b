"""What is asked of an activity: each command says what it needs, what comes of it, and when it is done already."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.activities.programme.domain.activity import FORGOTTEN, Activity, Ask, Asker, Decision, runs, status_in
from services.activities.programme.domain.code import fits
from services.activities.programme.domain.permitted import LEADS_TO, Command, Why, can_let_go, check
from services.activities.programme.domain.plan import Plan, Setting, check_plan, check_setting
from services.activities.programme.domain.seats import Gone, Seats, SignUpStatus, add, how_gone, let_go, mark_attended
from shared.contracts.activities import (
    ActivityCancelled,
    ActivityCompleted,
    ActivityPlanned,
    ActivityPublished,
    ActivityStage,
    AttendanceVerified,
    SeatAwaited,
    SeatRelease,
    SeatReleased,
    SeatTaken,
)
from shared.refusal import Refusal

CLOCK: Final = "clock"
"""Who completes an activity that its organiser forgot."""


def plan(activity_id: str, wanted: Plan, ask: Ask, setting: Setting, secret: str) -> Decision:
    """Plan an activity that is possible; nobody but its organiser sees it before it is published."""
    check_plan(wanted, setting, ask.at)
    organiser, seats = ask.actor_id, Seats(wanted.capacity)
    activity = Activity(activity_id, ActivityStage.PLANNED, wanted, organiser, ask.at, secret, seats)
    return activity, [ActivityPlanned.of(wanted, activity, activity_id=activity_id)]


@dataclass(frozen=True, slots=True)
class Publish:
    """Open the activity for sign-up; refused when its plan is not possible any more."""

    setting: Setting

    def decide(self, activity: Activity, ask: Ask) -> Decision:
        """Publish it."""
        check(Command.PUBLISH, activity, ask)
        check_setting(activity.plan, self.setting)
        published = replace(activity, stage=LEADS_TO[Command.PUBLISH], published_by=ask.actor_id)
        return published, [ActivityPublished(activity_id=activity.id, stage=published.stage, published_at=ask.at)]

    def is_done(self, activity: Activity, ask: Ask) -> bool:
        """Tell whether this person published it."""
        return activity.stage is ActivityStage.PUBLISHED and activity.published_by == ask.actor_id


@dataclass(frozen=True, slots=True)
class Cancel:
    """Call the activity off; refused once somebody attended, because attendance has earned points."""

    reason: str

    def decide(self, activity: Activity, ask: Ask) -> Decision:
        """Call it off."""
        check(Command.CANCEL, activity, ask)
        stage = LEADS_TO[Command.CANCEL]
        cancelled = replace(activity, stage=stage, cancel_reason=self.reason, ended_by=ask.actor_id, ended_at=ask.at)
        return cancelled, [ActivityCancelled(activity_id=activity.id, stage=stage, cancelled_at=ask.at)]

    def is_done(self, activity: Activity, ask: Ask) -> bool:
        """Tell whether this person called it off, for this reason."""
        ended = (activity.ended_by, activity.cancel_reason)
        return activity.stage is ActivityStage.CANCELLED and ended == (ask.actor_id, self.reason)


@dataclass(frozen=True, slots=True)
class Complete:
    """End the activity once it has started; nobody can attend afterwards."""

    def decide(self, activity: Activity, ask: Ask) -> Decision:
        """End it."""
        check(Command.COMPLETE, activity, ask)
        return _completed(activity, ask.actor_id, ask.at)

    def is_done(self, activity: Activity, ask: Ask) -> bool:
        """Tell whether this person ended it; what a clock ended counts as ended by whoever runs the activity."""
        by_clock = activity.ended_by == CLOCK and runs(activity, ask.asker)
        return activity.stage is ActivityStage.COMPLETED and (by_clock or activity.ended_by == ask.actor_id)


@dataclass(frozen=True, slots=True)
class SignUp:
    """Take a free seat, or else the last place of the waiting list; signing up again changes nothing."""

    def decide(self, activity: Activity, ask: Ask) -> Decision:
        """Seat whoever asks, or let them wait."""
        check(Command.SIGN_UP, activity, ask)
        if self.is_done(activity, ask):
            return activity, []
        person = ask.actor_id
        after = replace(activity, seats=add(activity.seats, person, ask.at))
        if status_in(after, ask.asker) is SignUpStatus.SEAT:
            return after, [_taken(after, person, promoted=False)]
        return after, [SeatAwaited(activity_id=after.id, stage=after.stage, person_id=person)]

    def is_done(self, activity: Activity, ask: Ask) -> bool:
        """Tell whether whoever asks is signed up."""
        return status_in(activity, ask.asker) is not SignUpStatus.NONE


@dataclass(frozen=True, slots=True)
class Release:
    """Give up one's seat, which goes to the first who waits, or one's place on the waiting list.

    `left` are people who left the community: none of them gets a seat, and they wait no more.
    """

    left: Collection[str] = ()

    def decide(self, activity: Activity, ask: Ask) -> Decision:
        """Let whoever asks go."""
        check(Command.RELEASE, activity, ask)
        return free(activity, Gone(ask.actor_id, SeatRelease.GIVEN_UP, ask.at), self.left)

    def is_done(self, activity: Activity, ask: Ask) -> bool:
        """Tell whether whoever asks gave theirs up."""
        gone = how_gone(activity.seats, ask.actor_id)
        return gone is not None and gone.why is SeatRelease.GIVEN_UP


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a person out, as the organiser, and tell them the reason; the freed seat goes on as in `Release`."""

    person_id: str
    reason: str | None
    left: Collection[str] = ()

    def decide(self, activity: Activity, ask: Ask) -> Decision:
        """Let the person go."""
        check(Command.REMOVE, activity, ask)
        can_let_go(activity, Ask(Asker(self.person_id), ask.at))
        return free(activity, Gone(self.person_id, SeatRelease.REMOVED, ask.at, self.reason), self.left)

    def is_done(self, activity: Activity, ask: Ask) -> bool:
        """Tell whether the person is out, also by themselves."""
        return runs(activity, ask.asker) and how_gone(activity.seats, self.person_id) is not None


@dataclass(frozen=True, slots=True)
class Attend:
    """Prove to be there with the code that the organiser shows; a second proof changes nothing."""

    code: str

    def decide(self, activity: Activity, ask: Ask) -> Decision:
        """Note that whoever asks is there."""
        check(Command.ATTEND, activity, ask)
        if not fits(activity.secret, self.code, ask.at):
            raise Refusal(Why.WRONG_CODE)
        if self.is_done(activity, ask):
            return activity, []
        verified = AttendanceVerified(
            activity_id=activity.id,
            stage=activity.stage,
            person_id=ask.actor_id,
            points=activity.plan.promised_points,
            attended_at=ask.at,
        )
        return replace(activity, seats=mark_attended(activity.seats, ask.actor_id, ask.at)), [verified]

    def is_done(self, activity: Activity, ask: Ask) -> bool:
        """Tell whether whoever asks proved to be there."""
        return status_in(activity, ask.asker) is SignUpStatus.ATTENDED


def complete_forgotten(activity: Activity, at: datetime) -> Decision:
    """End an activity that its organiser forgot, long after its end; attendance stays as it is."""
    if activity.stage is not ActivityStage.PUBLISHED or at < activity.plan.ends_at + FORGOTTEN:
        raise Refusal(Why.NOT_FORGOTTEN)
    return _completed(activity, CLOCK, at)


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


def _completed(activity: Activity, by: str, at: datetime) -> Decision:
    completed = replace(activity, stage=LEADS_TO[Command.COMPLETE], ended_by=by, ended_at=at)
    return completed, [ActivityCompleted(activity_id=activity.id, stage=completed.stage, completed_at=at)]


def _taken(activity: Activity, person_id: str, *, promoted: bool) -> SeatTaken:
    return SeatTaken(activity_id=activity.id, stage=activity.stage, person_id=person_id, promoted=promoted)
