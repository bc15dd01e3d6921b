"""An activity's rules, one sentence each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.activities.attendance.domain import STEP, code_at
from services.activities.planning.domain import HORIZON, LONGEST, Plan, Venue
from services.activities.planning.domain import Why as WhyPlan
from services.activities.programme.domain import (
    DOORS,
    Activity,
    Asker,
    Command,
    Why,
    attend,
    cancel,
    check,
    complete,
    may,
    plan,
    publish,
    release,
    sign_up,
)
from services.activities.seats.domain import Standing, position, standing
from shared.contracts.activities import (
    ActivityCancelled,
    ActivityCompleted,
    ActivityPlanned,
    ActivityPublished,
    ActivityStage,
    AttendanceVerified,
    SeatAwaited,
    SeatReleased,
    SeatTaken,
)
from shared.refusal import Refusal

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


def planned(wanted: Plan = WANTED, venue: Venue | None = Venue(None)) -> Activity:  # noqa: B008 - frozen
    return plan("a1", wanted, ORGANISER, venue, SECRET, NOW)[0]


def published(*people: Asker) -> Activity:
    activity = publish(planned(), ORGANISER, NOW)[0]
    for person in people:
        activity = sign_up(activity, person, NOW)[0]
    return activity


def code(at: datetime) -> str:
    return code_at(SECRET, at)


def test_planning_tells_everything_but_words() -> None:
    activity, facts = plan("a1", WANTED, ORGANISER, Venue(40), SECRET, NOW)
    assert activity.stage is ActivityStage.PLANNED
    [fact] = facts
    assert isinstance(fact, ActivityPlanned)
    assert fact.organiser_id == "organiser"
    assert WANTED.title not in fact.model_dump_json()
    assert SECRET not in fact.model_dump_json() + repr(activity)


@pytest.mark.parametrize(
    ("change", "venue", "why"),
    [
        ({"ends_at": WANTED.starts_at}, Venue(None), WhyPlan.ENDS_BEFORE_START),
        ({"ends_at": WANTED.starts_at + LONGEST + timedelta(seconds=1)}, Venue(None), WhyPlan.TOO_LONG),
        ({"starts_at": NOW}, Venue(None), WhyPlan.IN_THE_PAST),
        (
            {"starts_at": NOW + HORIZON + timedelta(seconds=1), "ends_at": NOW + HORIZON + timedelta(hours=1)},
            Venue(None),
            WhyPlan.TOO_FAR,
        ),
        ({}, None, WhyPlan.UNKNOWN_PLACE),
        ({"capacity": 41}, Venue(40), WhyPlan.PLACE_TOO_SMALL),
    ],
)
def test_a_bad_plan_is_refused(change: dict[str, object], venue: Venue | None, why: WhyPlan) -> None:
    with pytest.raises(Refusal) as refused:
        planned(replace(WANTED, **change), venue)  # type: ignore[arg-type]
    assert refused.value.code == why


def test_only_who_runs_the_activity_publishes_completes_cancels_and_sees_code_and_attendees() -> None:
    for command in (
        Command.PUBLISH,
        Command.COMPLETE,
        Command.CANCEL,
        Command.SHOW_CODE,
        Command.LIST_ATTENDEES,
    ):
        with pytest.raises(Refusal) as refused:
            check(command, published(), ANNA, DURING)
        assert refused.value.code == Why.NOT_YOURS
    check(Command.COMPLETE, published(), ADMIN, DURING)


def test_an_activity_is_published_once() -> None:
    activity, facts = publish(planned(), ORGANISER, NOW)
    assert [type(fact) for fact in facts] == [ActivityPublished]
    with pytest.raises(Refusal) as refused:
        publish(activity, ORGANISER, NOW)
    assert refused.value.code == Why.WRONG_STAGE
    assert refused.value.params == {"stage": "published", "command": "publish"}


def test_an_activity_that_is_over_cannot_be_published() -> None:
    with pytest.raises(Refusal) as refused:
        publish(planned(), ORGANISER, WANTED.ends_at)
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


def test_the_organiser_who_knows_the_code_takes_no_seat() -> None:
    with pytest.raises(Refusal) as refused:
        sign_up(published(), ORGANISER, NOW)
    assert refused.value.code == Why.ORGANISER_TAKES_NO_SEAT


def test_a_released_seat_goes_to_the_first_who_waits() -> None:
    activity, facts = release(published(ANNA, BO, CARL), ANNA, NOW)
    assert [type(fact) for fact in facts] == [SeatReleased, SeatTaken]
    assert standing(activity.seats, "carl") is Standing.SEAT
    assert standing(activity.seats, "anna") is Standing.NONE


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
