"""An activity's rules, one sentence each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.activities.directory.domain import Venue
from services.activities.programme.domain.activity import FORGOTTEN, Activity, Ask, Asker, is_seen
from services.activities.programme.domain.code import STEP, code_at
from services.activities.programme.domain.commands import (
    CLOCK,
    Attend,
    Cancel,
    Complete,
    Publish,
    Release,
    Remove,
    SignUp,
    complete_forgotten,
)
from services.activities.programme.domain.permitted import DOORS, Command, Why
from services.activities.programme.domain.plan import HORIZON, LATE, LONGEST, Plan, Setting
from services.activities.programme.domain.plan import Why as WhyPlan
from services.activities.programme.domain.seats import SignUpStatus, how_gone, position, sign_up_status
from services.members.points.domain import Transaction
from services.members.points.domain import attend as vest
from shared.contracts.activities import (
    MOST_POINTS,
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
from shared.contracts.scope import Scope
from shared.refusal import Refusal
from tests.support.activities_domain import (
    attend,
    cancel,
    check,
    complete,
    may,
    plan,
    publish,
    release,
    remove,
    sign_up,
)

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
WANTED = Plan(
    title="学业加油站",
    category="study",
    description="",
    starts_at=NOW + timedelta(days=1),
    ends_at=NOW + timedelta(days=1, hours=2),
    place="east.b3",
    capacity=2,
    points=3,
    unit_id=None,
)
DURING = WANTED.starts_at + timedelta(minutes=5)
SECRET = "s3cret"
ORGANISER, ADMIN = Asker("organiser"), Asker("admin", manages_all=True)
ANNA, BO, CARL = Asker("anna"), Asker("bo"), Asker("carl")
POSSIBLE = Setting(Venue(None))


def planned(wanted: Plan = WANTED, venue: Venue | None = Venue(None)) -> Activity:  # noqa: B008 - frozen
    return plan("a1", wanted, ORGANISER, Setting(venue), SECRET, NOW)[0]


def published(*people: Asker) -> Activity:
    activity = publish(planned(), ORGANISER, POSSIBLE, NOW)[0]
    for person in people:
        activity = sign_up(activity, person, NOW)[0]
    return activity


def code(at: datetime) -> str:
    return code_at(SECRET, at)


def test_planning_tells_everything_but_words() -> None:
    activity, facts = plan("a1", WANTED, ORGANISER, Setting(Venue(40)), SECRET, NOW)
    assert activity.stage is ActivityStage.PLANNED
    [fact] = facts
    assert isinstance(fact, ActivityPlanned)
    assert fact.organiser_id == "organiser"
    assert WANTED.title not in fact.model_dump_json()
    assert SECRET not in fact.model_dump_json() + repr(activity)


@pytest.mark.parametrize(
    ("change", "setting", "why", "at_field"),
    [
        ({"ends_at": WANTED.starts_at}, POSSIBLE, WhyPlan.ENDS_BEFORE_START, "ends_at"),
        ({"ends_at": WANTED.starts_at + LONGEST + timedelta(seconds=1)}, POSSIBLE, WhyPlan.TOO_LONG, "ends_at"),
        ({"starts_at": NOW - LATE - timedelta(milliseconds=1)}, POSSIBLE, WhyPlan.IN_THE_PAST, "starts_at"),
        (
            {"starts_at": NOW - timedelta(seconds=30), "ends_at": NOW},
            POSSIBLE,
            WhyPlan.IN_THE_PAST,
            "starts_at",
        ),
        (
            {"starts_at": NOW + HORIZON + timedelta(seconds=1), "ends_at": NOW + HORIZON + timedelta(hours=1)},
            POSSIBLE,
            WhyPlan.TOO_FAR,
            "starts_at",
        ),
        ({}, Setting(None), WhyPlan.UNKNOWN_PLACE, "place"),
        ({"capacity": 41}, Setting(Venue(40)), WhyPlan.PLACE_TOO_SMALL, "capacity"),
        ({"unit_id": "nobody"}, Setting(Venue(40), unit_known=False), WhyPlan.UNKNOWN_UNIT, "unit_id"),
        ({"points": MOST_POINTS + 1}, POSSIBLE, WhyPlan.TOO_MANY_POINTS, "points"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_field(
    change: dict[str, object], setting: Setting, why: WhyPlan, at_field: str
) -> None:
    wanted = replace(WANTED, **change)  # type: ignore[arg-type]
    with pytest.raises(Refusal) as refused:
        plan("a1", wanted, ORGANISER, setting, SECRET, NOW)
    assert (refused.value.code, refused.value.field) == (why, at_field)


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": NOW - LATE},
        {"capacity": 40},
        {"points": MOST_POINTS},
        {"points": 0},
        {"unit_id": "branch1"},
        {"ends_at": WANTED.starts_at + LONGEST},
    ],
)
def test_a_plan_just_within_the_rules_is_taken(change: dict[str, object]) -> None:
    activity, _ = plan("a1", replace(WANTED, **change), ORGANISER, Setting(Venue(40)), SECRET, NOW)  # type: ignore[arg-type]
    assert activity.stage is ActivityStage.PLANNED


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        (Setting(None), WhyPlan.UNKNOWN_PLACE),
        (Setting(Venue(1)), WhyPlan.PLACE_TOO_SMALL),
        (Setting(Venue(40), unit_known=False), WhyPlan.UNKNOWN_UNIT),
    ],
)
def test_a_draft_whose_plan_has_become_impossible_is_not_published(setting: Setting, why: WhyPlan) -> None:
    with pytest.raises(Refusal) as refused:
        publish(planned(), ORGANISER, setting, NOW)
    assert refused.value.code == why


def test_what_an_earlier_release_promised_too_high_is_shown_and_told_as_it_is_given() -> None:
    old = replace(published(ANNA), plan=replace(WANTED, points=50))
    assert old.plan.promised_points == MOST_POINTS
    [verified] = attend(old, ANNA, code(DURING), DURING)[1]
    assert isinstance(verified, AttendanceVerified)
    assert verified.points == MOST_POINTS
    with pytest.raises(Refusal) as refused:
        publish(replace(old, stage=ActivityStage.PLANNED), ORGANISER, POSSIBLE, NOW)
    assert refused.value.code == WhyPlan.TOO_MANY_POINTS


def test_the_most_that_is_promised_is_the_most_that_members_give() -> None:
    told = AttendanceVerified(
        activity_id="a1", stage=ActivityStage.PUBLISHED, person_id="anna", points=MOST_POINTS, attended_at=NOW
    )
    transaction, _ = vest(Transaction(), told)
    assert [entry.points for entry in transaction.entries] == [MOST_POINTS]


def test_only_who_runs_the_activity_publishes_completes_cancels_and_sees_code_and_attendees() -> None:
    for command in (
        Command.PUBLISH,
        Command.COMPLETE,
        Command.CANCEL,
        Command.REMOVE,
        Command.SHOW_CODE,
        Command.LIST_ATTENDEES,
    ):
        with pytest.raises(Refusal) as refused:
            check(command, published(), ANNA, DURING)
        assert refused.value.code == Why.NOT_YOURS
    check(Command.COMPLETE, published(), ADMIN, DURING)


def test_an_activity_is_published_once() -> None:
    activity, facts = publish(planned(), ORGANISER, POSSIBLE, NOW)
    assert [type(fact) for fact in facts] == [ActivityPublished]
    with pytest.raises(Refusal) as refused:
        publish(activity, ORGANISER, POSSIBLE, NOW)
    assert refused.value.code == Why.WRONG_STAGE
    assert refused.value.params == {"stage": "published", "command": "publish"}


def test_an_activity_that_is_over_cannot_be_published() -> None:
    with pytest.raises(Refusal) as refused:
        publish(planned(), ORGANISER, POSSIBLE, WANTED.ends_at)
    assert refused.value.code == Why.OVER


def test_nobody_signs_up_before_publication_or_after_the_end() -> None:
    for activity, at, why in ((planned(), NOW, Why.WRONG_STAGE), (published(), WANTED.ends_at, Why.OVER)):
        with pytest.raises(Refusal) as refused:
            sign_up(activity, ANNA, at)
        assert refused.value.code == why


def test_seats_go_first_and_then_the_waiting_list() -> None:
    activity = published(ANNA)
    activity, second = sign_up(activity, BO, NOW)
    activity, third = sign_up(activity, CARL, NOW)
    assert [type(fact) for fact in (*second, *third)] == [SeatTaken, SeatAwaited]
    assert position(activity.seats, "carl") == 1


def test_signing_up_again_changes_nothing() -> None:
    activity = published(ANNA)
    assert sign_up(activity, ANNA, NOW) == (activity, [])


def test_late_comers_take_a_free_seat_but_nobody_begins_to_wait_once_it_has_begun() -> None:
    activity, facts = sign_up(published(ANNA), BO, DURING)
    assert [type(fact) for fact in facts] == [SeatTaken]
    assert Command.SIGN_UP not in may(activity, CARL, DURING)
    with pytest.raises(Refusal) as refused:
        sign_up(activity, CARL, DURING)
    assert refused.value.code == Why.BEGUN


def test_a_freed_seat_goes_to_the_first_who_has_not_left_the_community() -> None:
    dora = Asker("dora")
    activity, facts = release(published(ANNA, BO, CARL, dora), ANNA, NOW, left={"carl", "bo"})
    told = [(type(fact), fact.person_id) for fact in facts if isinstance(fact, SeatReleased | SeatTaken)]
    assert told == [(SeatReleased, "anna"), (SeatReleased, "carl"), (SeatTaken, "dora")]
    assert position(activity.seats, "carl") is None


def test_who_waits_and_left_may_still_give_up_the_place_once() -> None:
    activity, facts = release(published(ANNA, BO, CARL), CARL, NOW, left={"carl"})
    [fact] = facts
    assert isinstance(fact, SeatReleased)
    assert (fact.person_id, fact.why) == ("carl", SeatRelease.GIVEN_UP)
    assert activity.seats.waiting == ()


def test_the_organiser_takes_somebody_out_and_the_seat_goes_on() -> None:
    activity, facts = remove(published(ANNA, BO, CARL), ORGANISER, "anna", "名额有误", NOW)
    released, taken = facts
    assert isinstance(released, SeatReleased)
    assert (released.person_id, released.why) == ("anna", SeatRelease.REMOVED)
    assert isinstance(taken, SeatTaken)
    assert (taken.person_id, taken.promoted) == ("carl", True)
    assert "名额有误" not in released.model_dump_json()
    gone = how_gone(activity.seats, "anna")
    assert gone is not None
    assert (gone.why, gone.reason) == (SeatRelease.REMOVED, "名额有误")
    again, _ = sign_up(activity, ANNA, NOW)
    assert how_gone(again.seats, "anna") is None


def test_nobody_is_taken_out_who_is_not_in_or_was_there_or_too_late() -> None:
    used = attend(published(ANNA, BO), ANNA, code(DURING), DURING)[0]
    for activity, person, at, why in (
        (published(ANNA), "bo", NOW, Why.NOT_SIGNED_UP),
        (published(), "bo", NOW, Why.NOT_SIGNED_UP),
        (used, "anna", DURING, Why.ALREADY_ATTENDED),
        (published(ANNA), "anna", WANTED.ends_at, Why.OVER),
        (planned(), "anna", NOW, Why.WRONG_STAGE),
    ):
        with pytest.raises(Refusal) as refused:
            remove(activity, ORGANISER, person, None, at)
        assert refused.value.code == why


def test_what_nobody_completed_completes_itself_an_hour_after_its_end() -> None:
    there = attend(published(ANNA, BO), ANNA, code(DURING), DURING)[0]
    late = WANTED.ends_at + FORGOTTEN
    for activity, at in ((there, late - timedelta(milliseconds=1)), (planned(), late)):
        with pytest.raises(Refusal) as refused:
            complete_forgotten(activity, at)
        assert refused.value.code == Why.NOT_FORGOTTEN
    done, facts = complete_forgotten(there, late)
    assert [type(fact) for fact in facts] == [ActivityCompleted]
    assert (done.stage, done.ended_by, done.ended_at) == (ActivityStage.COMPLETED, CLOCK, late)
    assert done.seats == there.seats
    assert FORGOTTEN > DOORS, "nobody loses the end of the doors"
    with pytest.raises(Refusal):
        complete_forgotten(done, late)


def test_an_activity_whose_organiser_left_is_run_by_any_organiser_of_its_place_or_unit() -> None:
    other, orphaned = Asker("other", scope=Scope(places=("east",))), replace(published(ANNA), organiser_left=True)
    for scope in (Scope(), Scope(places=("west",)), Scope(units=frozenset({"branch"}))):
        assert Command.COMPLETE not in may(orphaned, Asker("other", scope=scope), DURING)
    of_unit = replace(orphaned, plan=replace(orphaned.plan, unit_id="branch"))
    assert Command.COMPLETE in may(of_unit, Asker("other", scope=Scope(units=frozenset({"branch"}))), DURING)
    assert set(may(published(ANNA), other, DURING)) == {Command.SIGN_UP}
    assert Command.COMPLETE in may(orphaned, other, DURING)
    assert complete(orphaned, other, DURING)[0].ended_by == "other"
    assert Command.COMPLETE not in may(orphaned, BO, DURING)


def test_a_draft_and_a_draft_that_was_called_off_exist_for_those_who_run_it_alone() -> None:
    draft = planned()
    dropped = cancel(draft, ORGANISER, "rain", NOW)[0]
    for activity in (draft, dropped):
        assert [is_seen(activity, one) for one in (ORGANISER, ADMIN, ANNA)] == [True, True, False]
    called_off = cancel(published(), ORGANISER, "rain", NOW)[0]
    earlier = replace(cancel(published(ANNA), ORGANISER, "rain", NOW)[0], published_by=None)
    assert all(is_seen(activity, ANNA) for activity in (published(), called_off, earlier))


def test_the_same_command_of_the_same_person_is_done() -> None:
    called_off = cancel(published(ANNA), ORGANISER, "rain", NOW)[0]
    completed = complete(published(ANNA), ORGANISER, DURING)[0]
    forgotten = complete_forgotten(published(ANNA), WANTED.ends_at + FORGOTTEN)[0]
    there = attend(published(ANNA), ANNA, code(DURING), DURING)[0]
    let_go = release(published(ANNA), ANNA, NOW)[0]
    removed = remove(published(ANNA), ORGANISER, "anna", None, NOW)[0]
    assert Publish(POSSIBLE).is_done(published(), Ask(ORGANISER, NOW))
    assert Cancel("rain").is_done(called_off, Ask(ORGANISER, NOW))
    assert Complete().is_done(completed, Ask(ORGANISER, NOW))
    assert Complete().is_done(forgotten, Ask(ORGANISER, NOW))
    assert SignUp().is_done(published(ANNA), Ask(ANNA, NOW))
    assert Attend("").is_done(there, Ask(ANNA, NOW))
    assert Release().is_done(let_go, Ask(ANNA, NOW))
    assert Remove("anna", None).is_done(removed, Ask(ORGANISER, NOW))
    assert Remove("anna", None).is_done(let_go, Ask(ORGANISER, NOW)), "who went by themselves is out"


def test_another_command_or_another_person_is_not_done() -> None:
    called_off = cancel(published(ANNA), ORGANISER, "rain", NOW)[0]
    removed = remove(published(ANNA), ORGANISER, "anna", None, NOW)[0]
    assert not Publish(POSSIBLE).is_done(planned(), Ask(ORGANISER, NOW))
    assert not Publish(POSSIBLE).is_done(published(), Ask(ADMIN, NOW))
    assert not Cancel("snow").is_done(called_off, Ask(ORGANISER, NOW))
    assert not Cancel("rain").is_done(called_off, Ask(ADMIN, NOW))
    assert not Complete().is_done(complete(published(), ORGANISER, DURING)[0], Ask(ADMIN, NOW))
    assert not Complete().is_done(complete_forgotten(published(), WANTED.ends_at + FORGOTTEN)[0], Ask(ANNA, NOW))
    assert not SignUp().is_done(published(), Ask(ANNA, NOW))
    assert not Attend("").is_done(published(ANNA), Ask(ANNA, NOW))
    assert not Release().is_done(removed, Ask(ANNA, NOW))
    assert not Release().is_done(published(), Ask(ANNA, NOW))
    assert not Remove("anna", None).is_done(removed, Ask(BO, NOW))
    assert not Remove("bo", None).is_done(removed, Ask(ORGANISER, NOW))


def test_the_organiser_who_knows_the_code_takes_no_seat() -> None:
    with pytest.raises(Refusal) as refused:
        sign_up(published(), ORGANISER, NOW)
    assert refused.value.code == Why.ORGANISER_TAKES_NO_SEAT


def test_a_released_seat_goes_to_the_first_who_waits() -> None:
    activity, facts = release(published(ANNA, BO, CARL), ANNA, NOW)
    assert [type(fact) for fact in facts] == [SeatReleased, SeatTaken]
    assert sign_up_status(activity.seats, "carl") is SignUpStatus.SEAT
    assert sign_up_status(activity.seats, "anna") is SignUpStatus.NONE


def test_leaving_the_waiting_list_tells_only_that() -> None:
    _, facts = release(published(ANNA, BO, CARL), CARL, NOW)
    assert [type(fact) for fact in facts] == [SeatReleased]


def test_nobody_releases_what_they_do_not_have_or_have_used_or_too_late() -> None:
    used = attend(published(ANNA), ANNA, code(DURING), DURING)[0]
    for activity, person, at, why in (
        (published(ANNA), BO, NOW, Why.NOT_SIGNED_UP),
        (used, ANNA, DURING, Why.ALREADY_ATTENDED),
        (published(ANNA), ANNA, WANTED.ends_at, Why.OVER),
    ):
        with pytest.raises(Refusal) as refused:
            release(activity, person, at)
        assert refused.value.code == why


def test_attendance_is_verified_once() -> None:
    activity, facts = attend(published(ANNA), ANNA, code(DURING), DURING)
    [fact] = facts
    assert isinstance(fact, AttendanceVerified)
    assert (fact.person_id, fact.points, fact.attended_at) == ("anna", 3, DURING)
    assert attend(activity, ANNA, code(DURING), DURING) == (activity, [])


def test_a_wrong_or_old_code_is_refused() -> None:
    for typed in ("00000000", code(DURING - 2 * STEP)):
        with pytest.raises(Refusal) as refused:
            attend(published(ANNA), ANNA, typed, DURING)
        assert refused.value.code == Why.WRONG_CODE


def test_who_waits_or_never_signed_up_cannot_attend() -> None:
    for person in (CARL, Asker("stranger")):
        with pytest.raises(Refusal) as refused:
            attend(published(ANNA, BO, CARL), person, code(DURING), DURING)
        assert refused.value.code == Why.NO_SEAT


@pytest.mark.parametrize(
    "at",
    [WANTED.starts_at - DOORS - timedelta(milliseconds=1), WANTED.ends_at + DOORS],
)
def test_attendance_is_taken_only_around_the_time(at: datetime) -> None:
    with pytest.raises(Refusal) as refused:
        attend(published(ANNA), ANNA, code(at), at)
    assert refused.value.code == Why.NOT_NOW
    with pytest.raises(Refusal) as refused:
        check(Command.SHOW_CODE, published(ANNA), ORGANISER, at)
    assert refused.value.code == Why.NOT_NOW


def test_the_doors_open_half_an_hour_early() -> None:
    at = WANTED.starts_at - DOORS
    assert len(attend(published(ANNA), ANNA, code(at), at)[1]) == 1


def test_who_signed_up_never_sees_the_code_even_as_an_administrator() -> None:
    with pytest.raises(Refusal) as refused:
        check(Command.SHOW_CODE, published(ADMIN), ADMIN, DURING)
    assert refused.value.code == Why.CODE_HIDDEN
    check(Command.SHOW_CODE, published(ANNA), ORGANISER, DURING)


def test_an_activity_is_completed_only_after_it_started() -> None:
    with pytest.raises(Refusal) as refused:
        complete(published(), ORGANISER, NOW)
    assert refused.value.code == Why.NOT_STARTED
    activity, facts = complete(published(ANNA), ORGANISER, DURING)
    assert [type(fact) for fact in facts] == [ActivityCompleted]
    with pytest.raises(Refusal) as refused:
        attend(activity, ANNA, code(DURING), DURING)
    assert refused.value.code == Why.WRONG_STAGE


def test_an_activity_is_cancelled_with_a_reason_that_stays_here() -> None:
    activity, facts = cancel(published(ANNA), ORGANISER, "下雨", NOW)
    assert activity.cancel_reason == "下雨"
    [fact] = facts
    assert isinstance(fact, ActivityCancelled)
    assert "下雨" not in fact.model_dump_json()


def test_an_activity_that_somebody_attended_is_not_cancelled() -> None:
    activity = attend(published(ANNA), ANNA, code(DURING), DURING)[0]
    with pytest.raises(Refusal) as refused:
        cancel(activity, ORGANISER, "too late", DURING)
    assert refused.value.code == Why.ALREADY_ATTENDED


@pytest.mark.parametrize(
    ("activity", "asker", "at", "expected"),
    [
        (planned(), ORGANISER, NOW, {Command.PUBLISH, Command.CANCEL, Command.LIST_ATTENDEES}),
        (planned(), ANNA, NOW, set[Command]()),
        (published(), ANNA, NOW, {Command.SIGN_UP}),
        (published(ANNA), ANNA, DURING, {Command.RELEASE, Command.ATTEND}),
        (published(ANNA, BO, CARL), CARL, DURING, {Command.RELEASE}),
        (attend(published(ANNA), ANNA, code(DURING), DURING)[0], ANNA, DURING, set[Command]()),
    ],
)
def test_may_lists_what_would_have_an_effect(
    activity: Activity, asker: Asker, at: datetime, expected: set[Command]
) -> None:
    assert set(may(activity, asker, at)) == expected
